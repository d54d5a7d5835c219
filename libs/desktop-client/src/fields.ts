/** The fields of what somebody else sent; none when it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** The same of JSON; what cannot be read has no fields. */
export function fieldsOfJson(text: unknown): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(String(text)));
  } catch {
    return {};
  }
}
