import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import Provider from 'oidc-provider';
import { z } from 'zod';
import { choosePerson } from './issuer-page.ts';
import { privateKey } from './key-file.ts';
import { audience, FRONT_END_CLIENT_ID, PAGES_CLIENT_ID, personOf, roles, type TokenRequest } from './tokens.ts';

/**
 * An OpenID Connect issuer FOR LOCAL USE ONLY: oidc-provider publishes discovery and keys, as any issuer does, and
 * POST /local/token signs an access token for whomever one names, without asking for a password. So it listens on
 * loopback and nowhere else, and refuses what a web page in the user's browser could send. Pages sign in by the
 * authorisation code flow with PKCE, where a page asks which of the example people one is.
 *
 *   node local/issuer-main.ts --port 9400 --key-file .certifiable/keys/issuer.json --pages-url http://127.0.0.1:8080
 */

export type IssuerOptions = {
  host?: string;
  port: number;
  keyFile: string;
  /** The origin of the pages that people sign in to; codes are sent nowhere else. */
  pagesUrl: string;
  /** A front end of somebody else's, at an address of another origin: it is a client of its own, FRONT_END_CLIENT_ID. */
  frontEndUrl?: string | undefined;
};

/** Short, so that pages renew theirs while one looks. */
const ACCESS_TOKEN_SECONDS = 10 * 60;
const SESSION_SECONDS = 12 * 60 * 60;
/** The API as a resource (RFC 8707); in tokens it is called by its audience. */
const RESOURCE = 'urn:certifiable:api';
const DOORS = ['desk', 'console', 'exam'] as const;

const algorithm = 'ES256';
const localNames = ['127.0.0.1', '[::1]', 'localhost'];
const bodyLimitBytes = 10_000;

const tokenRequest: z.ZodType<TokenRequest> = z.strictObject({
  subject: z.string().min(1).max(255),
  name: z.string().min(1).max(255),
  roles: z.array(z.enum(roles)),
  email: z.email().exactOptional(),
  locale: z.string().min(2).max(35).exactOptional(),
  expiresInSeconds: z
    .number()
    .int()
    .min(1)
    .max(31 * 24 * 60 * 60),
});

/** Resolves when it listens. Throws if the host is not a loopback address. */
export async function startIssuer({ host = '127.0.0.1', port, keyFile, pagesUrl, frontEndUrl }: IssuerOptions): Promise<Server> {
  if (!isLoopback(host)) throw new Error(`The local issuer gives a token to anybody: it does not listen on ${host}, only on loopback.`);
  const key = await privateKey({ file: keyFile, algorithm });
  const issuer = `http://${host}:${port}`;
  const provider = new Provider(issuer, providerConfiguration(key, pagesUrl, frontEndUrl));
  const serveStandard = provider.callback();
  const sign = await signer(issuer, key);
  const server = createServer((request, response) => {
    const route = `${request.method} ${request.url}`;
    if (route === 'POST /local/token') void serveToken(request, response, sign);
    else if (request.url?.startsWith('/interaction/')) void serveChoice(provider, request, response);
    else if (route === 'GET /livez' || route === 'GET /readyz') answer(response, 200, { status: 'ok' });
    else void serveStandard(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return server;
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function providerConfiguration(key: JWK, pagesUrl: string, frontEndUrl?: string): object {
  const addresses = (path: string) => DOORS.map((door) => `${pagesUrl}/${door}${path}`);
  return {
    jwks: { keys: [key] },
    clients: [
      {
        client_id: PAGES_CLIENT_ID,
        client_name: 'Certifiable',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: addresses('/signed-in'),
        post_logout_redirect_uris: addresses(''),
      },
      ...(frontEndUrl === undefined
        ? []
        : [
            { client_id: FRONT_END_CLIENT_ID, token_endpoint_auth_method: 'none', grant_types: ['authorization_code'], redirect_uris: [frontEndUrl] },
          ]),
    ],
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], profile: ['name', 'roles', 'locale'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    enabledJWA: { idTokenSigningAlgValues: [algorithm] },
    clientDefaults: { id_token_signed_response_alg: algorithm },
    clientBasedCORS: (_context: unknown, origin: string) =>
      [pagesUrl, frontEndUrl].some((url) => url !== undefined && new URL(url).origin === origin),
    findAccount: (_context: unknown, subject: string) => {
      const person = personOf(subject);
      return person && { accountId: subject, claims: () => ({ sub: subject, ...claimsOf(person) }) };
    },
    extraTokenClaims: (_context: unknown, { accountId }: { accountId: string }) => {
      const person = personOf(accountId);
      return person && claimsOf(person);
    },
    issueRefreshToken: () => true,
    loadExistingGrant: grantEverything,
    interactions: { url: (_context: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      IdToken: ACCESS_TOKEN_SECONDS,
      Grant: SESSION_SECONDS,
      Interaction: SESSION_SECONDS,
      RefreshToken: SESSION_SECONDS,
      Session: SESSION_SECONDS,
    },
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: '', audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: algorithm } } }),
      },
    },
    cookies: { keys: [crypto.randomUUID()] },
  };
}

type Granting = {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    readonly provider: Provider;
  };
};

/** The pages are ours: nobody is asked what they may know. */
async function grantEverything({ oidc: { client, session, provider } }: Granting): Promise<unknown> {
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid profile email offline_access');
  await grant.save();
  return grant;
}

/** As the API reads them, in both tokens. */
function claimsOf({ name, roles: held, email, locale }: Omit<TokenRequest, 'subject' | 'expiresInSeconds'>): object {
  return {
    name,
    roles: held,
    ...(email === undefined ? {} : { email, email_verified: true }),
    ...(locale === undefined ? {} : { locale }),
  };
}

async function serveChoice(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isForLoopback(request)) return answer(response, 403, { error: 'access_denied', error_description: 'only for requests to loopback' });
  try {
    await choosePerson(provider, request, response);
  } catch (error) {
    answer(response, 400, { error: 'invalid_request', error_description: String(error) });
  }
}

type Sign = (request: TokenRequest) => Promise<string>;

/** Access tokens as of RFC 9068, with the claims that the API reads. */
async function signer(issuer: string, key: JWK): Promise<Sign> {
  const signingKey = (await importJWK(key, algorithm)) as CryptoKey;
  const header = { alg: algorithm, typ: 'at+jwt', ...(key.kid === undefined ? {} : { kid: key.kid }) };
  return ({ subject, expiresInSeconds, ...person }) => {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...claimsOf(person) })
      .setProtectedHeader(header)
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience(audience)
      .setJti(crypto.randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + expiresInSeconds)
      .sign(signingKey);
  };
}

async function serveToken(request: IncomingMessage, response: ServerResponse, sign: Sign): Promise<void> {
  try {
    const refusal = refusalOf(request);
    if (refusal !== undefined) return answer(response, 403, { error: 'access_denied', error_description: refusal });
    const parsed = tokenRequest.safeParse(await readJson(request));
    if (!parsed.success) {
      const description = z.prettifyError(parsed.error);
      return answer(response, 400, { error: 'invalid_request', error_description: description });
    }
    const token = await sign(parsed.data);
    answer(response, 200, { access_token: token, token_type: 'Bearer', expires_in: parsed.data.expiresInSeconds });
  } catch (error) {
    answer(response, 400, { error: 'invalid_request', error_description: String(error) });
  }
}

/** A page of any site can make the browser post here, but only under its own name and not as JSON. */
function refusalOf(request: IncomingMessage): string | undefined {
  const { headers } = request;
  if (!isForLoopback(request)) return 'only for requests to loopback';
  if (headers.origin !== undefined) return 'not for web pages';
  if (!headers['content-type']?.startsWith('application/json')) return 'the content type must be application/json';
  return undefined;
}

/** Another name that was made to lead here is a web page's. */
function isForLoopback({ headers }: IncomingMessage): boolean {
  return localNames.includes(headers.host?.replace(/:\d+$/, '') ?? '');
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimitBytes) throw new Error('the body is too long');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
