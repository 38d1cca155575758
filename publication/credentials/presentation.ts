/** What somebody shows: a credential, or why there is none to look at, as a sentence for them. */
export type Shown = { readonly credential: unknown } | { readonly reason: string };

/** Wallets and portals wrap each other's; nobody means more. */
const WRAPPERS_MAX = 5;

/**
 * The credential in a file that somebody shows: itself, or the one in a presentation (W3C Verifiable Credentials 2.0), in which
 * wallets wrap what they hand on; that may be in another one, or in a JWT. Who presents it, and for whom, is not looked at: a
 * certificate speaks for itself, by the proof in it.
 */
export function shownCredentialIn(document: unknown): Shown {
  let shown = document;
  for (let wrappers = 0; wrappers <= WRAPPERS_MAX; wrappers += 1) {
    shown = unsealed(shown);
    if (typeof shown === 'string') return { reason: 'This is wrapped in a way that is not read here. Show the certificate’s credential itself.' };
    if (!isPresentation(shown)) return { credential: shown };
    const credentials = listOf('verifiableCredential' in shown ? shown.verifiableCredential : undefined);
    if (credentials.length === 0) return { reason: 'This is a presentation with no credential in it.' };
    if (credentials.length > 1) return { reason: `This is a presentation of ${credentials.length} credentials. Show the certificate’s alone.` };
    [shown] = credentials;
  }
  return { reason: 'This is a presentation in many others. Show the certificate’s credential itself.' };
}

/** What a JWT holds, or what an envelope has in a `data:` address (4.13 and 5.2 there); whatever else, as it is. */
function unsealed(shown: unknown): unknown {
  const sealed = isEnvelope(shown) ? shown.id.slice(shown.id.indexOf(',') + 1) : shown;
  if (typeof sealed !== 'string') return sealed;
  const [, payload = ''] = /^[\w-]+\.([\w-]+)\.[\w-]*(?:~.*)?$/.exec(sealed.trim()) ?? [];
  const claims = parsed(Buffer.from(payload, 'base64url').toString());
  if (typeof claims !== 'object' || claims === null) return sealed;
  if ('vp' in claims) return claims.vp;
  return 'vc' in claims ? claims.vc : claims;
}

function isEnvelope(shown: unknown): shown is { readonly id: string } {
  if (typeof shown !== 'object' || shown === null || !('type' in shown) || !('id' in shown) || typeof shown.id !== 'string') return false;
  const types = listOf(shown.type);
  return types.includes('EnvelopedVerifiableCredential') || types.includes('EnvelopedVerifiablePresentation');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}

function isPresentation(shown: unknown): shown is object {
  return typeof shown === 'object' && shown !== null && 'type' in shown && listOf(shown.type).includes('VerifiablePresentation');
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}
