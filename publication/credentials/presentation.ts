/** What somebody shows: a credential, or why there is none to look at, as a sentence for them. */
export type Shown = { readonly credential: unknown } | { readonly reason: string };

/**
 * The credential in a file that somebody shows: itself, or the one in a presentation (W3C Verifiable Credentials 2.0), in which
 * wallets wrap what they hand on. Who presents it, and for whom, is not looked at: a certificate speaks for itself.
 */
export function shownCredentialIn(document: unknown): Shown {
  if (!isPresentation(document)) return { credential: document };
  const credentials = listOf('verifiableCredential' in document ? document.verifiableCredential : undefined);
  if (credentials.length === 1) return { credential: credentials[0] };
  return {
    reason:
      credentials.length === 0
        ? 'This is a presentation with no credential in it.'
        : `This is a presentation of ${credentials.length} credentials. Show the certificate’s alone.`,
  };
}

function isPresentation(document: unknown): document is object {
  return typeof document === 'object' && document !== null && 'type' in document && listOf(document.type).includes('VerifiablePresentation');
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}
