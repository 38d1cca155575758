import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwksCache,
  jwtVerify,
  type ExportedJWKSCache,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { isTimeZone } from '../domain/quiet-hours.ts';
import { TEXTS } from '../domain/text.ts';
import { isSafeUrl, SAFE_URL_RULE } from '../platform/safe-url.ts';
import { text } from '../publication/text.ts';
import { rolesOf, type Actor } from './actor.ts';
import { Problem, unavailable } from './problems.ts';

export type TokenVerifier = (token: string) => Promise<Actor> | Actor;

/** A signature made with a shared secret would let every API forge tokens: asymmetric ones only. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

const ISSUER_TIMEOUT_MILLISECONDS = 5000;

/** How long a verified token is taken without verifying it again, so that a withdrawn key is noticed soon. */
const TRUST_MILLISECONDS = 60_000;
/** How old the keys may become while the issuer does not answer: a test is sat for hours. A key that it withdrew meanwhile is taken so long. */
const KEYS_STALE_MILLISECONDS = 4 * 3_600_000;
/** For a key that nobody knows the issuer is asked no more often: whoever signs in just after a rotation waits so long at most. */
const UNKNOWN_KEY_MILLISECONDS = 5000;
/** Whoever comes next does not wait for it again. */
const AWAY_MILLISECONDS = 10_000;
/** Clocks of different machines are never the same. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** An access token says so (RFC 9068) or says just that it is a token. Others of the same issuer, as for a logout, are for something else. */
const TYPES = ['at+jwt', 'jwt'];
const TRUSTED_TOKENS_MAX = 20_000;

const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url().refine(isSafeUrl, SAFE_URL_RULE) });

/** Standard claims of OpenID Connect. One that is not what it should be counts as left out. */
const claims = z.object({
  name: z.string().optional().catch(undefined),
  email: text(TEXTS.mailAddress).optional().catch(undefined),
  // Some providers send it as text. Whatever is neither is no word that it was verified.
  email_verified: z.stringbool().or(z.boolean()).nullish().catch(false),
  locale: text(TEXTS.locale).optional().catch(undefined),
  acr: z.string().max(200).optional().catch(undefined),
  auth_time: z.number().int().min(0).max(1e11).optional().catch(undefined),
  zoneinfo: z.string().max(100).refine(isTimeZone).optional().catch(undefined),
});

type Trusted = { readonly actor: Actor; readonly until: number };

/**
 * Verifies bearer tokens of one OIDC issuer: signature, issuer, audience and expiry. The issuer is asked on first use, so
 * the API starts without it. Refuses with `unauthenticated`, and with `unavailable` where the issuer cannot be reached and the key is not known, or was for hours.
 */
export function createTokenVerifier({ issuer, audience }: { issuer: string; audience: string }): TokenVerifier {
  const trusted = new LRUCache<string, Trusted>({ max: TRUSTED_TOKENS_MAX });
  let discovery: Promise<JWTVerifyGetKey> | undefined;

  async function keys(): Promise<JWTVerifyGetKey> {
    discovery ??= discoverKeys(issuer);
    try {
      return await discovery;
    } catch (error) {
      discovery = undefined;
      throw error;
    }
  }

  async function verify(token: string): Promise<Actor> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, await keys(), {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      if (!isAccessToken(protectedHeader.typ)) throw new errors.JWTInvalid('the token is for something else');
      const actor = actorOf(payload);
      trusted.set(token, { actor, until: Math.min((payload.exp ?? 0) * 1000, Date.now() + TRUST_MILLISECONDS) });
      return actor;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  return (token) => {
    const known = trusted.get(token);
    if (known && known.until > Date.now()) return known.actor;
    trusted.delete(token);
    return verify(token);
  };
}

/** The media type may be written in full, and in any case (RFC 7515, 4.1.9). */
function isAccessToken(type: unknown): boolean {
  return type === undefined || (typeof type === 'string' && TYPES.includes(type.toLowerCase().replace(/^application\//, '')));
}

async function discoverKeys(issuer: string): Promise<JWTVerifyGetKey> {
  const response = await fetch(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(ISSUER_TIMEOUT_MILLISECONDS),
    // Its address says whom we trust; nobody else may be put in its place.
    redirect: 'error',
  });
  if (!response.ok) throw new TypeError(`the issuer's discovery document answered ${response.status}`);
  const document = discoveryDocument.parse(await response.json());
  if (document.issuer !== issuer) throw new TypeError('the discovery document is of another issuer than OIDC_ISSUER');
  return keysAt(new URL(document.jwks_uri));
}

/** The issuer's keys, asked for anew now and then. While it is away those that are known go on being taken. */
function keysAt(address: URL): JWTVerifyGetKey {
  const known = {} as ExportedJWKSCache | Record<string, never>;
  const asked = createRemoteJWKSet(address, {
    timeoutDuration: ISSUER_TIMEOUT_MILLISECONDS,
    cooldownDuration: UNKNOWN_KEY_MILLISECONDS,
    [jwksCache]: known,
  });
  let away: { readonly until: number; readonly why: unknown } = { until: 0, why: undefined };

  async function lastKnown(...[header, token]: Parameters<JWTVerifyGetKey>) {
    const { uat, jwks } = known;
    if (!jwks || Date.now() > uat + KEYS_STALE_MILLISECONDS) throw away.why;
    // Another key may be one that came meanwhile: nobody can say.
    return createLocalJWKSet(jwks)(header, token).catch(() => {
      throw away.why;
    });
  }

  return async (header, token) => {
    if (Date.now() < away.until) return lastKnown(header, token);
    try {
      return await asked(header, token);
    } catch (error) {
      if (TOKEN_ERRORS.some((kind) => error instanceof kind)) throw error;
      away = { until: Date.now() + AWAY_MILLISECONDS, why: error };
      return lastKnown(header, token);
    }
  };
}

function actorOf(payload: JWTPayload): Actor {
  const { name = '', email, email_verified: isVerified, locale, zoneinfo, acr, auth_time: authTime } = claims.parse(payload);
  const subject = payload.sub ?? '';
  if (TEXTS.subject.problem(subject) !== undefined) throw new errors.JWTInvalid('the subject names nobody');
  const shownName = TEXTS.name.normalise(name);
  const nameProblem = shownName === '' ? 'is missing' : TEXTS.name.problem(shownName);
  return {
    subject,
    ...(nameProblem === undefined ? { name: shownName } : { name: undefined, nameProblem }),
    email: isVerified === false ? undefined : email,
    locale,
    timeZone: zoneinfo,
    acr,
    authenticatedAt: authTime === undefined ? undefined : new Date(authTime * 1000),
    issuedAt: payload.iat === undefined ? undefined : new Date(payload.iat * 1000),
    roles: rolesOf(payload['roles']),
  };
}

const TOKEN_ERRORS = [
  errors.JWTClaimValidationFailed,
  errors.JWTExpired,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/** Whatever is not wrong with the token is wrong with the way to the issuer's keys. */
function refusalOf(error: unknown): Problem {
  if (error instanceof errors.JWTExpired) return new Problem('unauthenticated', 'The token has expired. Get a new one.');
  if (TOKEN_ERRORS.some((kind) => error instanceof kind)) return new Problem('unauthenticated', 'The token is not one that this API takes.');
  return Object.assign(unavailable('The identity provider'), { cause: error });
}
