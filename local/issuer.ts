import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import Provider from 'oidc-provider';
import { z } from 'zod';
import { privateKey } from './key-file.ts';
import { audience, roles, type TokenRequest } from './tokens.ts';

/**
 * An OpenID Connect issuer FOR LOCAL USE ONLY: oidc-provider publishes discovery and keys, as any issuer does, and
 * POST /local/token signs an access token for whomever one names, without asking for a password. So it listens on
 * loopback and nowhere else, and refuses what a web page in the user's browser could send.
 *
 *   node local/issuer-main.ts --port 9400 --key-file .certifiable/keys/issuer.json
 */

export type IssuerOptions = { host?: string; port: number; keyFile: string };

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
export async function startIssuer({ host = '127.0.0.1', port, keyFile }: IssuerOptions): Promise<Server> {
  if (!isLoopback(host)) throw new Error(`The local issuer gives a token to anybody: it does not listen on ${host}, only on loopback.`);
  const key = await privateKey({ file: keyFile, algorithm });
  const issuer = `http://${host}:${port}`;
  const serveStandard = new Provider(issuer, providerConfiguration(key)).callback();
  const sign = await signer(issuer, key);
  const server = createServer((request, response) => {
    const route = `${request.method} ${request.url}`;
    if (route === 'POST /local/token') void serveToken(request, response, sign);
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

function providerConfiguration(key: JWK): object {
  return {
    jwks: { keys: [key] },
    clients: [],
    scopes: ['openid'],
    enabledJWA: { idTokenSigningAlgValues: [algorithm] },
    clientDefaults: { id_token_signed_response_alg: algorithm },
    features: { devInteractions: { enabled: false } },
    cookies: { keys: [crypto.randomUUID()] },
  };
}

type Sign = (request: TokenRequest) => Promise<string>;

/** Access tokens as of RFC 9068, with the claims that the API reads. */
async function signer(issuer: string, key: JWK): Promise<Sign> {
  const signingKey = (await importJWK(key, algorithm)) as CryptoKey;
  const header = { alg: algorithm, typ: 'at+jwt', ...(key.kid === undefined ? {} : { kid: key.kid }) };
  return ({ subject, name, roles: held, email, locale, expiresInSeconds }) => {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      name,
      roles: held,
      ...(email === undefined ? {} : { email, email_verified: true }),
      ...(locale === undefined ? {} : { locale }),
    })
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
function refusalOf({ headers }: IncomingMessage): string | undefined {
  const name = headers.host?.replace(/:\d+$/, '') ?? '';
  if (!localNames.includes(name)) return 'only for requests to loopback';
  if (headers.origin !== undefined) return 'not for web pages';
  if (!headers['content-type']?.startsWith('application/json')) return 'the content type must be application/json';
  return undefined;
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
