/** What somebody shows: a credential, or why there is none to look at, as a sentence for them. */
export type Shown = { readonly credential: unknown } | { readonly reason: string };

/** Wallets and portals wrap each other's; nobody means more. */
const WRAPPERS_MAX = 5;

/**
 * The credential in a file that somebody shows: itself, or the one in a presentation (W3C Verifiable Credentials 2.0), in which
 * wallets wrap what they hand on; that may be in another one, in a JWT, or in what portals and protocols put around it. Who presents it, and for whom, is not looked at: a
 * certificate speaks for itself, by the proof in it.
 */
export function shownCredentialIn(document: unknown): Shown {
  let shown = document;
  for (let wrappers = 0; wrappers <= WRAPPERS_MAX; wrappers += 1) {
    shown = unsealed(shown);
    if (typeof shown === 'string') return { reason: 'This is wrapped in a way that is not read here. Show the certificate’s credential itself.' };
    const wrapped = wrappedIn(shown);
    if (wrapped === undefined) return { credential: shown };
    const credentials = distinct(wrapped);
    if (credentials.length === 0) return { reason: 'This is a presentation with no credential in it.' };
    if (credentials.length > 1) return { reason: `This is a presentation of ${credentials.length} credentials. Show the certificate’s alone.` };
    [shown] = credentials;
  }
  return { reason: 'This is a presentation in many others. Show the certificate’s credential itself.' };
}

/** Under which OpenID for Verifiable Presentations, the VC API, Open Badges' own, JSON-LD and the exports of wallets hand on what they hold. */
const WRAPPER_KEYS = ['vp_token', 'verifiablePresentation', 'verifiableCredential', 'vp', 'vc', 'credential', 'credentials', '@graph'] as const;

/** What it is wrapped around; undefined for a credential, and for whatever else is no wrapper. */
function wrappedIn(shown: unknown): readonly unknown[] | undefined {
  if (Array.isArray(shown)) return shown;
  if (isPresentation(shown)) return listOf('verifiableCredential' in shown ? shown.verifiableCredential : undefined);
  if (typeof shown !== 'object' || shown === null || 'credentialSubject' in shown || 'proof' in shown) return undefined;
  const fields = new Map(Object.entries(shown));
  const key = WRAPPER_KEYS.find((name) => fields.has(name));
  if (key === undefined) return undefined;
  const held = listOf(fields.get(key));
  // By the name under which it was asked for (DCQL).
  return key === 'vp_token' ? held.flatMap((one) => (isPlainObject(one) && !('type' in one) ? Object.values(one).flatMap(listOf) : [one])) : held;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same twice is one. */
function distinct(shown: readonly unknown[]): readonly unknown[] {
  return [...new Map(shown.map((one) => [JSON.stringify(one), one])).values()];
}

/** What a JWT or a text holds, or what an envelope has in a `data:` address (4.13 and 5.2 there); whatever else, as it is. */
function unsealed(shown: unknown): unknown {
  const sealed = isEnvelope(shown) ? dataOf(shown.id) : shown;
  if (typeof sealed !== 'string') return sealed;
  const json = parsed(sealed);
  if (typeof json === 'object' && json !== null) return json;
  const [, payload = ''] = /^[\w-]+\.([\w-]+)\.[\w-]*(?:~.*)?$/.exec(sealed.trim()) ?? [];
  const claims = parsed(Buffer.from(payload, 'base64url').toString());
  if (typeof claims !== 'object' || claims === null) return sealed;
  if ('vp' in claims) return claims.vp;
  return 'vc' in claims ? claims.vc : claims;
}

function dataOf(address: string): string {
  const comma = address.indexOf(',');
  const data = address.slice(comma + 1);
  if (/;\s*base64$/i.test(address.slice(0, comma))) return Buffer.from(data, 'base64').toString();
  try {
    return decodeURIComponent(data);
  } catch {
    return data;
  }
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
  if (typeof shown !== 'object' || shown === null) return false;
  const types = [...listOf('type' in shown ? shown.type : []), ...listOf('@type' in shown ? shown['@type'] : [])];
  return types.some((type) => typeof type === 'string' && /(?:^|[#/:])VerifiablePresentation$/.test(type));
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}
