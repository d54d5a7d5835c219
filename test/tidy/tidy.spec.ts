/** One test file: the sources of the whole repository are parsed once. */
import './architecture-rules';
import './container-rules';
import './document-rules';
import './npm-script-rules';
import './promise-document-rules';
import './style-rules';
import './system-requirement-rules';
import './wait-rules';
