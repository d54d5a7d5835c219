import 'reflect-metadata';
import { runApp } from '#config/run-app';
import { startSimulator } from './start';

const stopMsMax = 10_000;

/** The one switch that is worth a word on the command line: `npm run simulator -- --lenient`. */
const switches = { '--lenient': { SIM_LENIENT: 'true' } };

runApp('simulator', stopMsMax, startSimulator, switches);
