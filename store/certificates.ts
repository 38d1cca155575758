import { isDeepStrictEqual } from 'node:util';
import { v4 as randomUuid } from 'uuid';
import type { CertificateStatus, RegisterEntry } from '../domain/register.ts';
import { Refusal } from '../domain/refusal.ts';
import { certifiableLine, isBlankText } from '../domain/text.ts';
import { statusListOf, STATUS_LIST_LENGTH, STATUS_PURPOSES, type StatusPurpose } from '../domain/status-position.ts';
import type { CredentialIssuer } from '../publication/credentials/issuer.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { inTransaction, nowBy, type RecordContext, type Transaction } from './context.ts';

/** What a certificate states, once and for all. */
export type CertificateStatement = {
  readonly examId: string;
  readonly examTitle: string;
  readonly name: string;
  /** The score in hundredths of a percent. */
  readonly basisPoints: number;
  readonly issuedAt: Date;
};

export type CertificateRecord = CertificateStatement & {
  readonly id: string;
  readonly attemptId: string | null;
  readonly candidateId: string | null;
  readonly edition: number;
  readonly number: string | null;
  readonly status: CertificateStatus;
  readonly revision: number;
  readonly statusPosition: number | null;
  readonly replacesId: string | null;
};

const REGISTER_PAGE_SIZE = 1000;

const STATUS_OF_PURPOSE: Readonly<Record<StatusPurpose, CertificateStatus>> = { revocation: 'revoked', suspension: 'suspended' };

/** Certificates: issued once, their status lists, the issuer's keys, and what the register copies. */
export function createCertificateStore(context: RecordContext) {
  const { prisma, clock } = context;

  return {
    /** The certificate of an attempt as it stands: its newest edition. Refused as not found when there is none. */
    async ofAttempt(attemptId: string): Promise<CertificateRecord> {
      const certificate = await prisma.certificate.findFirst({
        where: { attemptId },
        orderBy: { edition: 'desc' },
        omit: { credential: true },
      });
      if (!certificate) throw new Refusal('not_found', 'This attempt has no certificate.');
      return recordOf(certificate);
    },

    /** Refused as not found. */
    async read(certificateId: string): Promise<CertificateRecord> {
      const certificate = await prisma.certificate.findUnique({ where: { id: certificateId }, omit: { credential: true } });
      if (!certificate) throw certificateNotFound();
      return recordOf(certificate);
    },

    /** The signed credential as it was issued; null for a certificate that was never signed. */
    async signedCredential(certificateId: string): Promise<object | null> {
      const row = await prisma.certificate.findUnique({ where: { id: certificateId }, select: { credential: true } });
      return row && isErasedCredential(row.credential) ? null : ((row?.credential ?? null) as object | null);
    },

    /** Whether it is to the last character what was issued, also where we keep its hash alone, its holder being erased. */
    async isOnRecord(credential: object, certificateId: string): Promise<boolean> {
      const row = await prisma.certificate.findUnique({ where: { id: certificateId }, select: { credential: true } });
      if (!row || !isErasedCredential(row.credential)) return isDeepStrictEqual(row?.credential ?? null, credential);
      const text = JSON.stringify(credential);
      if (text.includes('\\u0000')) return false;
      const [shown] = await prisma.$queryRaw<{ hash: string }[]>`SELECT encode(sha256(convert_to(${text}::jsonb::text, 'UTF8')), 'hex') AS hash`;
      return shown?.hash === row.credential.erased;
    },

    /** The signed credential as it was issued, its properties in their order. Refused as not found; imported certificates have none. */
    async credential(certificateId: string): Promise<object> {
      const row = await prisma.certificate.findUnique({ where: { id: certificateId }, select: { credential: true } });
      if (row?.credential == null || isErasedCredential(row.credential)) throw certificateNotFound();
      return row.credential as object;
    },

    /** A signed status list; undefined when there is none of this number. */
    async statusList({ purpose, number }: { purpose: StatusPurpose; number: number }): Promise<object | undefined> {
      const row = await prisma.statusList.findUnique({ where: { purpose_number: { purpose, number } }, select: { credential: true } });
      return row?.credential as object | undefined;
    },

    /** The public halves, as multibase, of all keys with which something was going to be signed, oldest first. Whose they are, the statement of keys says, and not this. */
    async keysThatSigned(): Promise<readonly { readonly publicKeyMultibase: string; readonly firstUsedAt: Date }[]> {
      return prisma.issuerKey.findMany({ orderBy: { firstUsedAt: 'asc' } });
    },

    /** Notes the keys of an issuer that is about to sign. Repeating it changes nothing. */
    async keepIssuerKeys(publicKeys: readonly string[]): Promise<void> {
      const now = await clock();
      for (const key of publicKeys) {
        await prisma.$executeRaw`INSERT INTO issuer_key (public_key_multibase, first_used_at) VALUES (${key}, ${now}) ON CONFLICT DO NOTHING`;
      }
    },

    /** Signs anew the status lists that another key than the issuer's signed: of a key that is disowned, nobody takes one. Returns how many. */
    async signListsAnew(credentials: CredentialIssuer): Promise<number> {
      const signer = credentials.publicKeys[0]?.id ?? '';
      const rows = await prisma.$queryRaw<{ number: number }[]>`
        SELECT DISTINCT number FROM status_list WHERE credential -> 'proof' ->> 'verificationMethod' IS DISTINCT FROM ${signer} ORDER BY number`;
      for (const { number } of rows) {
        const statusPosition = (number - 1) * STATUS_LIST_LENGTH;
        await inTransaction({ prisma }, async (tx) => signStatusListsOf(tx, { statusPosition, at: await nowBy(clock, tx), credentials }));
      }
      return rows.length;
    },

    /** What the register is to show of certificates, in no order; ids of none are left out. */
    async registerEntries(certificateIds: readonly string[]): Promise<readonly RegisterEntry[]> {
      const rows = await prisma.certificate.findMany({
        where: { id: { in: [...certificateIds] } },
        omit: { credential: true },
        include: { replacedBy: { select: { id: true } } },
      });
      return rows.map(entryOf);
    },

    /** Every certificate as the register is to show it, a page at a time, by id. */
    async *allRegisterEntries(): AsyncGenerator<readonly RegisterEntry[]> {
      let after: string | undefined;
      for (;;) {
        const rows = await prisma.certificate.findMany({
          ...(after === undefined ? {} : { where: { id: { gt: after } } }),
          orderBy: { id: 'asc' },
          take: REGISTER_PAGE_SIZE,
          omit: { credential: true },
          include: { replacedBy: { select: { id: true } } },
        });
        if (rows.length > 0) yield rows.map(entryOf);
        if (rows.length < REGISTER_PAGE_SIZE) return;
        after = rows.at(-1)?.id;
      }
    },
  };
}

export type CertificateStore = ReturnType<typeof createCertificateStore>;

/** What an erasure leaves of a signed credential: by its hash the one that its holder has is known again. */
function isErasedCredential(credential: Prisma.JsonValue): credential is { erased: string } {
  return typeof credential === 'object' && credential !== null && !Array.isArray(credential) && typeof credential['erased'] === 'string';
}

export function certificateNotFound(): Refusal {
  return new Refusal('not_found', 'There is no such certificate.');
}

/**
 * Signs a certificate and returns the write of its row, to be committed with what it is issued for. The unique key of
 * attempt and edition makes a second one impossible. The status lists it points at are there before it is.
 */
export async function issueCertificate(
  tx: Transaction,
  {
    statement,
    attemptId,
    candidateId,
    edition = 1,
    replacesId = null,
    credentials,
  }: {
    statement: CertificateStatement;
    attemptId: string;
    candidateId: string | null;
    edition?: number;
    replacesId?: string | null;
    credentials: CredentialIssuer;
  },
): Promise<{ certificateId: string; insert: Prisma.Sql }> {
  const { examId, basisPoints, issuedAt } = statement;
  const examTitle = certifiableLine(statement.examTitle);
  const name = certifiableName(statement.name);
  const certificateId = randomUuid();
  const [next] = await tx.$queryRaw<{ position: number; lists: number }[]>`
    WITH next AS (SELECT nextval('certificate_status_position')::int AS position)
    SELECT position, (SELECT count(*)::int FROM status_list WHERE number = 1 + position / ${STATUS_LIST_LENGTH}::int) AS lists FROM next`;
  if (!next) throw new TypeError('a sequence always has a next value');
  const statusPosition = next.position;
  if (next.lists < STATUS_PURPOSES.length) {
    await beginStatusLists(tx, { number: statusListOf(statusPosition).number, at: issuedAt, credentials });
  }
  const credential = await credentials.issue({
    certificateId,
    ...statement,
    examTitle,
    name,
    statusPosition,
    ...(replacesId === null ? {} : { replaces: replacesId }),
  });
  const insert = Prisma.sql`
    INSERT INTO certificate (id, attempt_id, edition, candidate_id, exam_id, exam_title, name, basis_points, issued_at, status_position, credential, replaces_id)
    VALUES (${certificateId}::uuid, ${attemptId}::uuid, ${edition}, ${candidateId}::uuid, ${examId}, ${examTitle}, ${name}, ${basisPoints}, ${issuedAt},
      ${statusPosition}, ${JSON.stringify(credential)}::json, ${replacesId}::uuid)`;
  return { certificateId, insert };
}

/** A name that was taken before there were rules for names must not hold up a result: staff replace the certificate. */
function certifiableName(name: string): string {
  const line = certifiableLine(name);
  return isBlankText(line) ? 'Name not known' : line;
}

/** Both lists of a number, signed while they are empty: whoever checks the first certificate on them finds them. */
async function beginStatusLists(
  tx: Transaction,
  { number, at, credentials }: { number: number; at: Date; credentials: CredentialIssuer },
): Promise<void> {
  for (const purpose of STATUS_PURPOSES) {
    const credential = await credentials.signStatusList({ purpose, number, positions: [], at });
    await tx.$executeRaw`
      INSERT INTO status_list (purpose, number, credential, signed_at)
      VALUES (${purpose}, ${number}, ${JSON.stringify(credential)}::json, ${at}) ON CONFLICT DO NOTHING`;
  }
}

/**
 * Signs anew the lists that hold a certificate's bits. Their rows are locked before the statuses are read, so that of two
 * changes at once the later signature has both.
 */
export async function signStatusListsOf(
  tx: Transaction,
  { statusPosition, at, credentials }: { statusPosition: number | null; at: Date; credentials: CredentialIssuer },
): Promise<void> {
  if (statusPosition === null) return;
  const { number } = statusListOf(statusPosition);
  const from = (number - 1) * STATUS_LIST_LENGTH;
  await tx.$executeRaw`SELECT 1 FROM status_list WHERE number = ${number} ORDER BY purpose FOR UPDATE`;
  for (const purpose of STATUS_PURPOSES) {
    const rows = await tx.$queryRaw<{ position: number }[]>`
      SELECT status_position - ${from} AS position FROM certificate
      WHERE status = ${STATUS_OF_PURPOSE[purpose]} AND status_position >= ${from} AND status_position < ${from + STATUS_LIST_LENGTH} ORDER BY 1`;
    const credential = await credentials.signStatusList({ purpose, number, positions: rows.map((row) => row.position), at });
    await tx.$executeRaw`
      UPDATE status_list SET credential = ${JSON.stringify(credential)}::json, signed_at = ${at} WHERE purpose = ${purpose} AND number = ${number}`;
  }
}

/** What keeps a certificate's events in order with: its attempt, or itself where it was imported. */
export function eventKeyOf(certificate: { readonly id: string; readonly attemptId: string | null }): string {
  return certificate.attemptId ?? certificate.id;
}

type CertificateRow = Prisma.CertificateGetPayload<{ omit: { credential: true } }>;

function recordOf(row: CertificateRow): CertificateRecord {
  return { ...row, status: row.status as CertificateStatus };
}

function entryOf(row: CertificateRow & { replacedBy: { id: string } | null }): RegisterEntry {
  return {
    certificateId: row.id,
    number: row.number,
    name: row.name,
    examTitle: row.examTitle,
    issuedAt: row.issuedAt,
    basisPoints: row.basisPoints,
    status: row.status as CertificateStatus,
    revision: row.revision,
    replacedBy: row.replacedBy?.id ?? null,
  };
}
