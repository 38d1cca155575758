import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { CREDENTIALS_CONTEXT, OPEN_BADGES_CONTEXT } from './contexts.ts';
import { identifiersFor } from './identifiers.ts';
import { LINE_UNITS_MAX } from '../../domain/text.ts';
import { STATUS_LIST_LENGTH, STATUS_PURPOSES, statusListOf, type StatusPurpose } from '../../domain/status-position.ts';

/** What a credential says of a certificate. */
export type CertificateClaims = {
  readonly certificateId: string;
  readonly name: string;
  readonly examId: string;
  readonly examTitle: string;
  /** Percent with two decimals: "91.25". */
  readonly score: string;
  /** ISO 8601, UTC, whole seconds. */
  readonly issuedAt: string;
  readonly statusPosition: number;
  /** The id of the certificate that this one replaces. */
  readonly replaces: string | undefined;
};

/** The texts for people. They are read back, not expected, so that better words do not invalidate what was issued. */
export type Wording = {
  readonly issuer: string;
  readonly achievement: string;
  readonly criteria: string;
  readonly score: string;
  readonly registerPage: string;
  readonly replacement: string;
};

export const WORDING: Wording = {
  issuer: 'Certifiable, Inc.',
  achievement: 'A timed aptitude test and a case study, both passed.',
  criteria: 'Pass the aptitude test, then have an architecture for a case study graded by an expert and pass that too.',
  score: 'Mean of both tests, in percent',
  registerPage: 'This certificate in the public register',
  replacement: 'The certificate that this one replaces',
};

export type CertificateCredential = ReturnType<typeof certificateCredential>;

/** Data Integrity (eddsa-rdfc-2022); `created` is ISO 8601. */
export type Proof = {
  readonly type: 'DataIntegrityProof';
  readonly created: string;
  readonly verificationMethod: string;
  readonly cryptosuite: 'eddsa-rdfc-2022';
  readonly proofPurpose: 'assertionMethod';
  readonly proofValue: string;
};

/**
 * The unsigned credential: an Open Badge 3.0 on W3C VC 2.0. Credentials outlive releases: this form must go on reading what
 * it wrote. A change of form is another function beside this one, and the verifier then knows both.
 */
export function certificateCredential({ publicUrl, claims, wording }: { publicUrl: string; claims: CertificateClaims; wording: Wording }) {
  const ids = identifiersFor(publicUrl);
  const { certificateId, examId, examTitle, replaces } = claims;
  const awarded = achievement({ publicUrl, examId, examTitle, wording });
  const replaced = replaces === undefined ? [] : [{ id: ids.credential(replaces), type: ['Evidence'], name: wording.replacement }];
  return {
    '@context': [CREDENTIALS_CONTEXT, OPEN_BADGES_CONTEXT],
    id: ids.credential(certificateId),
    type: ['VerifiableCredential', 'OpenBadgeCredential'],
    name: examTitle,
    issuer: { id: ids.issuer, type: ['Profile'], name: wording.issuer, url: ids.home },
    validFrom: claims.issuedAt,
    credentialSubject: {
      type: ['AchievementSubject'],
      identifier: [{ type: 'IdentityObject', hashed: false, identityHash: claims.name, identityType: 'name' }],
      achievement: awarded,
      result: [{ type: ['Result'], resultDescription: awarded.resultDescription[0].id, value: claims.score }],
    },
    evidence: [{ id: ids.registerPage(certificateId), type: ['Evidence'], name: wording.registerPage }, ...replaced],
    credentialStatus: STATUS_PURPOSES.map((purpose) => statusEntry({ publicUrl, purpose, position: claims.statusPosition })),
  };
}

/** What a certificate of this exam attests; part of each credential, and served by its own address. */
export function achievement({
  publicUrl,
  examId,
  examTitle,
  wording = WORDING,
}: {
  publicUrl: string;
  examId: string;
  examTitle: string;
  wording?: Wording;
}) {
  const id = identifiersFor(publicUrl).achievement(examId);
  const score = { id: `${id}#score`, type: ['ResultDescription'], name: wording.score, resultType: 'Percent', valueMin: '0', valueMax: '100' };
  return {
    id,
    type: ['Achievement'],
    name: examTitle,
    description: wording.achievement,
    achievementType: 'Certification',
    criteria: { narrative: wording.criteria },
    resultDescription: [score] as const,
  };
}

/** One entry a purpose, as VC 2.0 has it. The JSON Schema of Open Badges 3.0 knows a single one, and so cannot tell suspended from revoked. */
function statusEntry({ publicUrl, purpose, position }: { publicUrl: string; purpose: StatusPurpose; position: number }) {
  const { number, index } = statusListOf(position);
  const list = identifiersFor(publicUrl).statusList(purpose, number);
  return {
    id: `${list}#${index}`,
    type: 'BitstringStatusListEntry',
    statusPurpose: purpose,
    statusListIndex: String(index),
    statusListCredential: list,
  };
}

/**
 * What a signed credential of ours says; undefined if it has not exactly our form: a term more or less, `@id` for `id`, another
 * order of types. A signature alone cannot see all of that, since it covers the statements and not the JSON.
 */
export function readCertificateCredential({
  credential,
  publicUrl,
}: {
  credential: unknown;
  publicUrl: string;
}): { readonly claims: CertificateClaims; readonly proof: Proof } | undefined {
  const parsed = readable.safeParse(credential);
  if (!parsed.success) return undefined;
  try {
    const { claims, wording, proof } = partsOf(parsed.data);
    const expected = { ...certificateCredential({ publicUrl, claims, wording }), proof };
    return isDeepStrictEqual(credential, expected) ? { claims, proof } : undefined;
  } catch {
    // A name that no URL can hold, or a position that is no number.
    return undefined;
  }
}

// UTF-8 has no lone surrogates: the signature could not tell them apart.
const text = z
  .string()
  .max(LINE_UNITS_MAX)
  .refine((value) => value.isWellFormed());

const readable = z.object({
  id: text,
  name: text,
  issuer: z.object({ name: text }),
  validFrom: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  credentialSubject: z.object({
    identifier: z.tuple([z.object({ identityHash: text })]),
    achievement: z.object({
      id: text,
      description: text,
      criteria: z.object({ narrative: text }),
      resultDescription: z.tuple([z.object({ name: text })]),
    }),
    result: z.tuple([z.object({ value: z.string().regex(/^\d{1,3}\.\d\d$/) })]),
  }),
  evidence: z.union([z.tuple([z.object({ name: text })]), z.tuple([z.object({ name: text }), z.object({ id: text, name: text })])]),
  credentialStatus: z.tuple([z.object({ statusListCredential: text, statusListIndex: z.string().regex(/^\d{1,6}$/) }), z.unknown()]),
  proof: z.object({ verificationMethod: text, proofValue: z.string().regex(/^z[1-9A-HJ-NP-Za-km-z]{1,100}$/) }),
});

/** Rebuilding the credential from these parts shows whether the rest of it is as it must be. */
function partsOf(read: z.infer<typeof readable>): { claims: CertificateClaims; wording: Wording; proof: Proof } {
  const { achievement, identifier, result } = read.credentialSubject;
  const [registerPage, replaced] = read.evidence;
  const [{ statusListCredential, statusListIndex }] = read.credentialStatus;
  const listNumber = Number(lastSegment(statusListCredential));
  return {
    claims: {
      certificateId: lastSegment(read.id),
      name: identifier[0].identityHash,
      examId: lastSegment(achievement.id),
      examTitle: read.name,
      score: result[0].value,
      issuedAt: read.validFrom,
      statusPosition: (listNumber - 1) * STATUS_LIST_LENGTH + Number(statusListIndex),
      replaces: replaced && lastSegment(replaced.id),
    },
    wording: {
      issuer: read.issuer.name,
      achievement: achievement.description,
      criteria: achievement.criteria.narrative,
      score: achievement.resultDescription[0].name,
      registerPage: registerPage.name,
      replacement: replaced?.name ?? WORDING.replacement,
    },
    proof: {
      type: 'DataIntegrityProof',
      created: read.validFrom,
      verificationMethod: read.proof.verificationMethod,
      cryptosuite: 'eddsa-rdfc-2022',
      proofPurpose: 'assertionMethod',
      proofValue: read.proof.proofValue,
    },
  };
}

function lastSegment(url: string): string {
  return decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
}
