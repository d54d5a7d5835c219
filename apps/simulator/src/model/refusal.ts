/** What the model will not do now, and why; HTTP answers it with 409. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly sentence: string;
}

export function refusal(code: string, sentence: string): Refusal {
  return { kind: 'refused', code, sentence };
}

export function isRefusal(value: object): value is Refusal {
  return 'kind' in value && value.kind === 'refused';
}
