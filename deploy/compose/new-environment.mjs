// Prints an environment file with fresh secrets: node deploy/compose/new-environment.mjs [PUBLIC_URL] > .env
// Without Node: docker run --rm -i node:24.21.0-bookworm-slim node --input-type=module - [PUBLIC_URL] < deploy/compose/new-environment.mjs > .env
// PUBLIC_URL is how candidates reach the API, such as https://exams.example.org; else http://localhost:8080, for a trial on this machine.
import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto';

const publicUrl = (process.argv[2] ?? 'http://localhost:8080').replace(/\/+$/, '');
if (!/^https?:$/.test(URL.parse(publicUrl)?.protocol ?? '')) {
  console.error(`${publicUrl} is no address such as https://exams.example.org`);
  process.exit(2);
}

const password = () => randomBytes(24).toString('hex'); // goes into URLs as it is
const key = () => ({ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'EdDSA', use: 'sig' });

const credentialKey = key();
const root = generateKeyPairSync('ed25519').privateKey;
const { kty, crv, x } = root.export({ format: 'jwk' });

/** As `certifiable keys sign-off` signs it: of the issuer of this PUBLIC_URL. */
function statement() {
  const encoded = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const at = new Date().toISOString();
  const keys = [{ publicKeyMultibase: multibase(Buffer.from(credentialKey.x, 'base64url')), from: at }];
  const signed = `${encoded({ alg: 'EdDSA', typ: 'certifiable-issuer-keys', jwk: { kty, crv, x } })}.${encoded({ issuer: `${publicUrl}/issuer`, statedAt: at, keys })}`;
  return `${signed}.${sign(null, Buffer.from(signed), root).toString('base64url')}`;
}

/** Of an Ed25519 key: two bytes that say so, in base 58. */
function multibase(bytes) {
  const digits = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let rest = BigInt(`0xed01${bytes.toString('hex')}`);
  let text = '';
  for (; rest > 0n; rest /= 58n) text = digits[Number(rest % 58n)] + text;
  return `z${text}`;
}

console.log(`# Secrets of docker-compose.temporal.yml. Keep it out of git, and back it up: receipts are signed with RECEIPT_KEYS,
# certificates with CREDENTIAL_KEYS.

# The commit; names the image, and workflows are pinned to it. For example: git rev-parse --short=12 HEAD
BUILD_ID=

# Who signs the tokens of candidates, graders and staff, and for whom.
OIDC_ISSUER=
OIDC_AUDIENCE=certifiable

# How candidates reach the API, without a slash at the end.
PUBLIC_URL=${publicUrl}

POSTGRES_PASSWORD=${password()}
TEMPORAL_DATABASE_PASSWORD=${password()}
CERTIFIABLE_DATABASE_PASSWORD=${password()}
CERTIFIABLE_API_PASSWORD=${password()}
CERTIFIABLE_CERTIFICATION_PASSWORD=${password()}
CERTIFIABLE_GRADING_AUTO_PASSWORD=${password()}
CERTIFIABLE_GRADING_HUMAN_PASSWORD=${password()}
CERTIFIABLE_FEEDBACK_PASSWORD=${password()}
CERTIFIABLE_PUBLICATION_PASSWORD=${password()}
CERTIFIABLE_NOTIFICATION_PASSWORD=${password()}
CERTIFIABLE_REPORTING_PASSWORD=${password()}
CERTIFIABLE_DELIVERY_PASSWORD=${password()}
CERTIFIABLE_EVENTS_PASSWORD=${password()}
CERTIFIABLE_INTAKE_PASSWORD=${password()}

# Of the Keycloak that "--profile identity" brings up (deploy/keycloak/README.md).
KEYCLOAK_DATABASE_PASSWORD=${password()}
KEYCLOAK_ADMINISTRATOR_PASSWORD=${password()}
RECEIPT_KEYS='${JSON.stringify({ keys: [key()] })}'
CREDENTIAL_KEYS='${JSON.stringify({ keys: [credentialKey] })}'

# By which secrets that lie in the database are sealed.
SECRET_KEYS='${JSON.stringify({ keys: [{ kty: 'oct', k: randomBytes(32).toString('base64url'), kid: randomUUID(), alg: 'A256GCMKW' }] })}'

# By which whatever Temporal keeps is encrypted.
TEMPORAL_CODEC_KEYS='${JSON.stringify({ keys: [{ kty: 'oct', k: randomBytes(32).toString('base64url'), kid: randomUUID(), alg: 'A256GCM' }] })}'

# Which keys sign certificates, and the root that says so. With another PUBLIC_URL, or another key: certifiable keys sign-off --root root.jwk
# --issuer PUBLIC_URL --add keys.json. The root's private half goes into root.jwk, off this machine, and out of this file:
# ${JSON.stringify(root.export({ format: 'jwk' }))}
ISSUER_KEYS=${statement()}
ISSUER_ROOTS=${createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url')}

# A mail server; without one, notices stay in the candidates' inboxes.
# SMTP_URL=smtps://user:password@mail.example.org
# MAIL_FROM=Certifiable <no-reply@example.org>`);
