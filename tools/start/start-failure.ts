/** A start that cannot go on. Its message is all that the person at the terminal needs; a stack would hide it. */
export class StartFailure extends Error {
  readonly code = 'START_FAILED';
}
