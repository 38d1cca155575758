import { createHash, randomBytes, randomUUID } from 'node:crypto';

/** People who sign in at the realm of ours as the pages have them do: by a browser, authorisation code and PKCE. */

/** Where the pages of graders take people back (realm.json). */
export const CALLBACK = 'http://localhost:8080/console/signed-in';

export type Tokens = { readonly access_token: string; readonly id_token: string; readonly refresh_token: string };

type SignIn = {
  /** The address of the realm, as its tokens name it. */
  readonly issuer: string;
  readonly username: string;
  /** Asked for only where a second factor is. */
  readonly oneTimePassword?: () => string;
  /** More of what the authorisation is asked with. */
  readonly asked?: Readonly<Record<string, string>>;
  readonly client?: string;
  readonly redirectUri?: string;
  readonly secret?: string;
  /** By default one that was never here before. */
  readonly browser?: Browser;
};

/** With their name as their password. Throws an Error with what the last page says where nobody is let in. */
export async function signIn({
  issuer,
  username,
  oneTimePassword,
  asked = {},
  client = 'certifiable-pages',
  redirectUri = CALLBACK,
  secret,
  browser = new Browser(),
}: SignIn): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: client,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    state: randomUUID(),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...asked,
  });
  let answer = await browser.get(`${issuer}/protocol/openid-connect/auth?${query.toString()}`);
  if (answer.text.includes('name="password"')) answer = await browser.submit(answer, { username, password: username });
  if (oneTimePassword && answer.text.includes('name="otp"')) answer = await browser.submit(answer, { otp: oneTimePassword() });
  const code = new URL(answer.location ?? 'about:blank').searchParams.get('code');
  if (code === null)
    throw new Error(`no code: ${answer.location ?? answer.text.replaceAll(/<(script|style)\b.*?<\/\1>|<[^>]*>|\s+/gs, ' ').slice(-500)}`);
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: client, redirect_uri: redirectUri, code, code_verifier: verifier });
  if (secret !== undefined) body.set('client_secret', secret);
  const response = await fetch(browser.reached(`${issuer}/protocol/openid-connect/token`), { method: 'POST', body });
  return (await response.json()) as Tokens;
}

type Shown = { readonly text: string; readonly location: string | undefined };

/** Keeps cookies, and stops where it is sent away from where it began. */
export class Browser {
  readonly #cookies = new Map<string, string>();
  /** Where an address is reached from this machine. */
  readonly reached: (address: string) => string;

  constructor(reached: (address: string) => string = (address) => address) {
    this.reached = reached;
  }

  async get(address: string, body?: URLSearchParams): Promise<Shown> {
    const headers = { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    const response = await fetch(this.reached(address), { redirect: 'manual', headers, ...(body && { method: 'POST', body }) });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    const location = response.headers.get('location') ?? undefined;
    const next = location === undefined ? undefined : new URL(location, address);
    if (next?.origin !== new URL(address).origin) return { text: await response.text(), location };
    return this.get(next.href);
  }

  async submit({ text }: Shown, fields: Readonly<Record<string, string>>): Promise<Shown> {
    const [, action] = /<form[^>]*action="([^"]+)"/.exec(text) ?? [];
    if (action === undefined) throw new Error(`no form: ${text.replaceAll(/<[^>]*>|\s+/g, ' ').slice(0, 500)}`);
    return this.get(action.replaceAll('&amp;', '&'), new URLSearchParams(fields));
  }
}
