import { UserManager, WebStorageStateStore, type User } from 'oidc-client-ts';
import { DOORS, type Door } from './doors.ts';
import { pageSettings } from './settings.ts';
import type { Person, SignIn } from './sign-in.ts';

/**
 * OpenID Connect: authorisation code with PKCE. Tokens live in this tab's session storage and end with it; never in local storage,
 * which every later page of this origin could read. Where the browser comes back from the issuer, the sign-in is completed here.
 */
export async function createOidcSignIn(door: Door): Promise<SignIn> {
  const { issuer, clientId, scope } = await pageSettings();
  const { path } = DOORS[door];
  const address = `${location.origin}${path}`;
  const session = new WebStorageStateStore({ store: sessionStorage });
  const manager = new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: `${address}/signed-in`,
    post_logout_redirect_uri: address,
    scope,
    userStore: session,
    stateStore: session,
    automaticSilentRenew: true,
  });
  let user: User | null = null;
  const listeners = new Set<() => void>();
  const set = (changed: User | null) => {
    user = changed;
    for (const listener of listeners) listener();
  };
  manager.events.addUserLoaded(set);
  manager.events.addUserUnloaded(() => set(null));

  if (location.pathname === `${path}/signed-in`) await complete(manager, path);
  user = await manager.getUser();
  let renewing: Promise<boolean> | undefined;
  const renew = () => {
    renewing ??= manager
      .signinSilent()
      .then((renewed) => renewed !== null)
      .catch(() => false)
      .finally(() => {
        renewing = undefined;
      });
    return renewing;
  };
  if (user?.expired && !(await renew())) user = null;

  return {
    person: () => (user ? personOf(user) : undefined),
    token: () => user?.access_token,
    renew,
    begin: ({ acrValues = [], maxAgeSeconds } = {}) =>
      manager.signinRedirect({
        state: `${location.pathname}${location.search}${location.hash}`,
        ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
        ...(maxAgeSeconds === undefined ? {} : { max_age: maxAgeSeconds }),
      }),
    end: () => manager.signoutRedirect(),
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A sign-in that was broken off, or a page that was loaded again, leaves nobody signed in: the door asks anew. */
async function complete(manager: UserManager, path: string): Promise<void> {
  let returnTo = path;
  try {
    const { state } = await manager.signinRedirectCallback();
    if (typeof state === 'string' && (state === path || state.startsWith(`${path}/`) || state.startsWith(`${path}?`))) returnTo = state;
  } catch (error) {
    console.warn(error);
  }
  history.replaceState(null, '', returnTo);
}

/** Roles are in the access token, which is what the API goes by; issuers need not repeat them in the id token. */
function personOf({ access_token: token, profile }: User): Person {
  const claims = { ...profile, ...claimsOf(token) } as Readonly<Record<string, unknown>>;
  const { sub, name, roles } = claims;
  return {
    subject: String(sub),
    name: typeof name === 'string' && name !== '' ? name : String(sub),
    roles: Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [],
  };
}

function claimsOf(token: string): object {
  try {
    const bytes = Uint8Array.from(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as object;
  } catch {
    // Not a JWT: then the id token must say it.
    return {};
  }
}
