import { DOORS, type Door } from './doors.ts';

/** Who is signed in, as the access token says. */
export type Person = { readonly subject: string; readonly name: string; readonly roles: readonly string[] };

/** What a problem `insufficient_user_authentication` asks for. */
type SignInAgain = { readonly acrValues?: readonly string[] | undefined; readonly maxAgeSeconds?: number | undefined };

export type SignIn = {
  /** Undefined while nobody is signed in. */
  readonly person: () => Person | undefined;
  /** For the header Authorization. */
  readonly token: () => string | undefined;
  /** Renews the token, once however many ask. Whether there is a good one now. */
  readonly renew: () => Promise<boolean>;
  /** Leaves the page for the issuer's, and comes back to the address that was left. `again` asks for a sign-in that is stronger, or no older than so. */
  readonly begin: (again?: SignInAgain) => Promise<void>;
  /** Ends the session here and at the issuer. */
  readonly end: () => Promise<void>;
  /** Called when somebody is signed in or out, or a token was renewed. Returns what ends that. */
  readonly onChange: (listener: () => void) => () => void;
};

/** As oidc-client-ts names what it keeps of who is signed in. */
const KEPT_KEY = 'oidc.user:';

/** Also while they come back from the issuer. */
export function mayBeSignedIn(door: Door): boolean {
  return location.pathname === `${DOORS[door].path}/signed-in` || Object.keys(sessionStorage).some((key) => key.startsWith(KEPT_KEY));
}

/** The protocol is loaded by who is signed in, comes back from the issuer or goes there: the first look at a door is quick without. */
export async function createSignIn(door: Door): Promise<SignIn> {
  const load = async () => (await import('./oidc.ts')).createOidcSignIn(door);
  return mayBeSignedIn(door) ? load() : nobody(load);
}

/** Until they leave the page for the issuer's. */
function nobody(load: () => Promise<SignIn>): SignIn {
  return {
    person: () => undefined,
    token: () => undefined,
    renew: () => Promise.resolve(false),
    begin: async (again) => (await load()).begin(again),
    end: () => Promise.resolve(),
    onChange: () => () => {},
  };
}
