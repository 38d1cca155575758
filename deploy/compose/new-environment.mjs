// Prints an environment file with fresh secrets: node deploy/compose/new-environment.mjs > .env
// Without Node: docker run --rm -i node:24.21.0-bookworm-slim node --input-type=module - < deploy/compose/new-environment.mjs > .env
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';

const password = () => randomBytes(24).toString('hex'); // goes into URLs as it is
const key = () => ({ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'EdDSA', use: 'sig' });

console.log(`# Secrets of docker-compose.temporal.yml. Keep it out of git, and back it up: receipts are signed with RECEIPT_KEYS,
# certificates with CREDENTIAL_KEYS.

# The commit; names the image, and workflows are pinned to it. For example: git rev-parse --short=12 HEAD
BUILD_ID=

# Who signs the tokens of candidates, graders and staff, and for whom.
OIDC_ISSUER=
OIDC_AUDIENCE=certifiable

# How candidates reach the API, without a slash at the end.
PUBLIC_URL=http://localhost:8080

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
RECEIPT_KEYS='${JSON.stringify({ keys: [key()] })}'
CREDENTIAL_KEYS='${JSON.stringify({ keys: [key()] })}'

# A mail server; without one, notices stay in the candidates' inboxes.
# SMTP_URL=smtps://user:password@mail.example.org
# MAIL_FROM=Certifiable <no-reply@example.org>`);
