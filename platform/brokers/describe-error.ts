const maxLength = 300;

/**
 * What went wrong in one line. Only names and messages of the error, those within it and its causes: the objects that
 * clients attach hold requests, and with them credentials.
 */
export function describeError(error: unknown): string {
  const parts = [...new Set([...errorsWithin(error)].map((one) => (one.message ? `${one.name}: ${one.message}` : one.name)))];
  return (parts.join('; ') || 'unknown error').replaceAll(/\s+/g, ' ').slice(0, maxLength);
}

/** The error itself, then those it collects and its causes, outermost first. */
export function* errorsWithin(error: unknown): Generator<Error> {
  if (!(error instanceof Error)) return;
  yield error;
  if (error instanceof AggregateError) for (const one of error.errors as unknown[]) yield* errorsWithin(one);
  yield* errorsWithin(error.cause);
}

/** In place of a client's error, which may hold credentials. */
export function brokerError(name: string, error: unknown): Error {
  return new Error(`${name}: ${describeError(error)}`);
}

/** The kind of an error of ours or of a library, for where its message might tell about people. */
export function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
