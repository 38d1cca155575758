import { achievement } from './certificate-credential.ts';
import { CREDENTIALS_CONTEXT, MULTIKEY_CONTEXT, OPEN_BADGES_CONTEXT } from './contexts.ts';
import { identifiersFor } from './identifiers.ts';
import type { StatedKeys } from './key-statement.ts';

/** `id` is `<issuer>#<publicKeyMultibase>`; the key itself is Ed25519 in the Multikey encoding. */
export type PublicKey = { readonly id: string; readonly publicKeyMultibase: string; readonly revoked?: string | undefined };

// The context that the verifiers of the field carry for documents with keys: to them the newer cid/v1 is unknown.
const CONTROLLER_CONTEXT = 'https://www.w3.org/ns/did/v1';

export function issuerKey({ publicUrl, publicKeyMultibase }: { publicUrl: string; publicKeyMultibase: string }): PublicKey {
  return { id: identifiersFor(publicUrl).key(publicKeyMultibase), publicKeyMultibase };
}

/** The controlled identifier document (W3C CID 1.0), served at the issuer's address: which keys sign for us. A key left out of it signs for us no longer. */
export function issuerDocument({ publicUrl, publicKeys }: { publicUrl: string; publicKeys: readonly PublicKey[] }) {
  const { issuer } = identifiersFor(publicUrl);
  return {
    '@context': [CONTROLLER_CONTEXT, MULTIKEY_CONTEXT],
    id: issuer,
    verificationMethod: publicKeys.map((key) => verificationMethod({ controller: issuer, key })),
    assertionMethod: publicKeys.map(({ id }) => id),
  };
}

export function verificationMethod({ controller, key: { id, publicKeyMultibase, revoked } }: { controller: string; key: PublicKey }) {
  return { id, type: 'Multikey', controller, publicKeyMultibase, ...(revoked === undefined ? {} : { revoked }) };
}

/** What the issuer's address serves: the keys of which the statement tells, and of a stolen one since when verifiers elsewhere are to refuse it. */
export function statedDocument({ publicUrl, keys }: { publicUrl: string; keys: StatedKeys }) {
  const publicKeys = [...keys.values()].map(({ publicKeyMultibase, disownedFrom }) => ({
    ...issuerKey({ publicUrl, publicKeyMultibase }),
    revoked: disownedFrom,
  }));
  return issuerDocument({ publicUrl, publicKeys });
}

/** What the achievement's address serves. */
export function achievementDocument(exam: { publicUrl: string; examId: string; examTitle: string }) {
  return { '@context': [CREDENTIALS_CONTEXT, OPEN_BADGES_CONTEXT], ...achievement(exam) };
}
