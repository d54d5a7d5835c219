/** What can be wrong with bytes from a peer. Branch on these, not on the sentence. */
export const faultSentences = {
  frameTooLong: 'the frame is longer than allowed',
  fixedPartCut: 'the body ends before the field does',
  tagCut: 'the body ends inside the tag or length of a floating field',
  fieldPastEnd: 'the field is longer than what is left of the body',
  fieldLength: 'the length does not fit the type of the field',
} as const;

export type ProtocolFaultCode = keyof typeof faultSentences;

/** Why bytes from a peer cannot be read. A value, not an exception: the peer may send anything. */
export interface ProtocolFault {
  readonly code: ProtocolFaultCode;
  /** Name of the message, or `type 999` when it has none. */
  readonly message: string;
  readonly field: string;
  /** Where the field begins, in bytes from the start of its frame (the header's first byte is 0). */
  readonly offset: number;
  /** The whole story in one sentence, for a log. It holds lengths, never data. */
  readonly sentence: string;
}

export function protocolFault(
  code: ProtocolFaultCode,
  message: string,
  field: string,
  offset: number,
  detail: string,
): ProtocolFault {
  const sentence = `${message}: ${field} at offset ${offset}: ${faultSentences[code]} (${detail}).`;
  return { code, message, field, offset, sentence };
}

/** A programmer's mistake: a value that its field cannot carry. Holds no value, since it may be a password. */
export class ProtocolRangeError extends RangeError {
  constructor(
    readonly messageName: string,
    readonly field: string,
    reason: string,
  ) {
    super(`${messageName}.${field} ${reason}`);
    this.name = 'ProtocolRangeError';
  }
}
