import { isDeepStrictEqual } from 'node:util';
import { createList } from '@digitalbazaar/vc-bitstring-status-list';
import { z } from 'zod';
import type { Proof } from './certificate-credential.ts';
import { CREDENTIALS_CONTEXT } from './contexts.ts';
import { identifiersFor } from './identifiers.ts';
import { STATUS_LIST_LENGTH, type StatusPurpose } from '../../domain/status-position.ts';

/** How long a verifier may keep a list, as the list itself says: a revocation is to be seen within a minute, HTTP caches included. */
const TIME_TO_LIVE_MILLISECONDS = 30_000;

export type StatusListAddress = { readonly purpose: StatusPurpose; readonly number: number };

/** The unsigned list: a credential of its own by Bitstring Status List 1.0. `signedAt` is ISO 8601. */
export function statusListCredential({
  publicUrl,
  purpose,
  number,
  encodedList,
  signedAt,
}: StatusListAddress & { publicUrl: string; encodedList: string; signedAt: string }) {
  const ids = identifiersFor(publicUrl);
  const id = ids.statusList(purpose, number);
  return {
    '@context': [CREDENTIALS_CONTEXT],
    id,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    issuer: ids.issuer,
    validFrom: signedAt,
    credentialSubject: { id: `${id}#list`, type: 'BitstringStatusList', statusPurpose: purpose, encodedList, ttl: TIME_TO_LIVE_MILLISECONDS },
  };
}

/** GZIP of the bits in base64url, as the standard has it. Throws a RangeError for a position outside the list. */
export async function encodeStatusList(positions: readonly number[]): Promise<string> {
  const outside = positions.find((position) => !Number.isInteger(position) || position < 0 || position >= STATUS_LIST_LENGTH);
  if (outside !== undefined) throw new RangeError(`no bit ${outside} in a status list: it has ${STATUS_LIST_LENGTH}`);
  const list = await createList({ length: STATUS_LIST_LENGTH });
  for (const position of positions) list.setStatus(position, true);
  return list.encode();
}

/** Whether this is the signed list for that purpose and number, in exactly our form. Its signature is not looked at. */
export function isStatusListOfOurs({ list, publicUrl, purpose, number }: StatusListAddress & { list: object; publicUrl: string }): boolean {
  const parsed = readable.safeParse(list);
  if (!parsed.success) return false;
  const { validFrom: signedAt, credentialSubject, proof } = parsed.data;
  const { encodedList, ttl } = credentialSubject;
  const unsigned = statusListCredential({ publicUrl, purpose, number, encodedList, signedAt });
  const expectedProof: Proof = {
    type: 'DataIntegrityProof',
    created: signedAt,
    cryptosuite: 'eddsa-rdfc-2022',
    proofPurpose: 'assertionMethod',
    ...proof,
  };
  return isDeepStrictEqual(list, { ...unsigned, credentialSubject: { ...unsigned.credentialSubject, ttl }, proof: expectedProof });
}

// Bits that compress badly take 22,000 characters; the limit keeps anything larger away from the decoder.
const readable = z.object({
  validFrom: z.string().max(30),
  credentialSubject: z.object({ encodedList: z.string().max(40_000), ttl: z.number() }),
  proof: z.object({ verificationMethod: z.string().max(2_000), proofValue: z.string().max(100) }),
});
