import { randomUUID } from 'node:crypto';
import { readingOf } from '../domain/text.ts';
import type { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext, Transaction } from './context.ts';
import { eventWrites } from './events/write.ts';

/** A certificate of the old system, as a line of the file has it. */
export type CertificateToImport = {
  /** The first line of the file that it stands on, counted from 1. */
  readonly line: number;
  readonly number: string;
  /** As it stands in the file, where that differs: numbers were kept so before they were normalised. */
  readonly numberAsWritten?: string;
  readonly name: string;
  readonly examId: string;
  readonly examTitle: string;
  readonly basisPoints: number;
  readonly issuedAt: Date;
};

/** A line that is not taken, with all that is wrong with it. Reasons name columns, never what stands in them. */
export type Rejection = { readonly line: number; readonly reason: string };

/** How far the import of one file has come, over all the times that it was started. */
export type ImportRun = {
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** The last line that is dealt with for good; the next one to look at comes after it. */
  readonly linesDone: number;
  readonly imported: number;
  /** In the register already, with the same data. */
  readonly unchanged: number;
  readonly rejected: number;
};

export type ImportBatch = {
  /** SHA-256 of the file, in hexadecimal: the natural key of the import. */
  readonly fileHash: string;
  /** Where the batch before ended: the run's `linesDone`. */
  readonly linesBefore: number;
  readonly linesDone: number;
  readonly certificates: readonly CertificateToImport[];
  readonly rejections: readonly Rejection[];
};

/** What became of a batch; the rejections are all of it, by line. */
export type BatchOutcome = { readonly imported: number; readonly unchanged: number; readonly rejections: readonly Rejection[] };

/** Somebody else goes on with the same file. Nothing of this batch was written. */
export class ImportOvertakenError extends Error {
  constructor() {
    super('another process imports this file at the same time: wait for it to end, or stop it');
    this.name = 'ImportOvertakenError';
  }
}

/** The import of the certificates that were issued before this system. */
export function createImportStore({ prisma, clock }: RecordContext) {
  return {
    /** Begins the import of a file, or says how far it came. Waits for a batch that a killed process left to be committed. */
    async begin(fileHash: string): Promise<ImportRun> {
      await prisma.$executeRaw`INSERT INTO import_run (file_hash, started_at) VALUES (${fileHash}, ${await clock()}) ON CONFLICT DO NOTHING`;
      const [row] = await prisma.$queryRaw<Omit<ImportRun, 'rejected'>[]>`
        SELECT started_at AS "startedAt", finished_at AS "finishedAt", lines_done AS "linesDone", imported, unchanged
        FROM import_run WHERE file_hash = ${fileHash} FOR UPDATE`;
      if (!row) throw new TypeError('what was inserted is there');
      return { ...row, rejected: await prisma.importRejection.count({ where: { fileHash } }) };
    },

    /**
     * Takes in one batch: certificates, their events, rejections and how far the file is done, all or nothing. A number
     * that is in the register already is unchanged, or rejected when the register has other data for it. Throws an
     * ImportOvertakenError when the run is not where the batch begins.
     */
    commit(batch: ImportBatch): Promise<BatchOutcome> {
      const { fileHash, linesBefore, linesDone, certificates } = batch;
      return prisma.$transaction(
        async (tx) => {
          // First of all: it locks the run, so that a process that starts meanwhile waits for this batch.
          const mine = await tx.$executeRaw`
            UPDATE import_run SET lines_done = ${linesDone} WHERE file_hash = ${fileHash} AND lines_done = ${linesBefore}`;
          if (mine === 0) throw new ImportOvertakenError();
          const before = await keptAsWritten(tx, certificates);
          const fresh = await insertNew(
            tx,
            certificates.filter(({ numberAsWritten }) => !before.has(numberAsWritten)),
            await clock(),
          );
          const known = certificates.filter(({ number }) => !fresh.has(number));
          const conflicts = await conflictsOf(tx, known);
          const rejections = [...batch.rejections, ...conflicts].toSorted((a, b) => a.line - b.line);
          const outcome = { imported: fresh.size, unchanged: known.length - conflicts.length, rejections };
          await keepRejections(tx, fileHash, rejections);
          await tx.$executeRaw`
            UPDATE import_run SET imported = imported + ${outcome.imported}, unchanged = unchanged + ${outcome.unchanged} WHERE file_hash = ${fileHash}`;
          return outcome;
        },
        { maxWait: 10_000, timeout: 60_000 },
      );
    },

    /** The rejections among the lines of a file that were dealt with before, by line; both bounds included. */
    rejections({ fileHash, from, to }: { fileHash: string; from: number; to: number }): Promise<readonly Rejection[]> {
      return prisma.importRejection.findMany({
        where: { fileHash, line: { gte: from, lte: to } },
        select: { line: true, reason: true },
        orderBy: { line: 'asc' },
      });
    },

    /** The whole file is dealt with. Repeating it changes nothing. */
    async finish(fileHash: string): Promise<void> {
      await prisma.$executeRaw`UPDATE import_run SET finished_at = ${await clock()} WHERE file_hash = ${fileHash} AND finished_at IS NULL`;
    },
  };
}

export type ImportStore = ReturnType<typeof createImportStore>;

/** Inserts those whose number nobody has, with their events. Returns their numbers. */
async function insertNew(tx: Transaction, certificates: readonly CertificateToImport[], now: Prisma.Sql): Promise<ReadonlySet<string>> {
  if (certificates.length === 0) return new Set();
  const column = <Key extends keyof CertificateToImport>(key: Key) => certificates.map((certificate) => certificate[key]);
  const rows = await tx.$queryRaw<{ id: string; number: string; now: Date }[]>`
    INSERT INTO certificate (id, number, name, exam_id, exam_title, basis_points, issued_at)
    SELECT * FROM unnest(${certificates.map(() => randomUUID())}::uuid[], ${column('number')}::text[], ${column('name')}::text[],
      ${column('examId')}::text[], ${column('examTitle')}::text[], ${column('basisPoints')}::int[], ${column('issuedAt')}::timestamptz[])
    ON CONFLICT (number) DO NOTHING RETURNING id, number, ${now} AS now`;
  const [first] = rows;
  if (!first) return new Set();
  const events = rows.map(({ id }) => ({ type: 'certificate.imported' as const, key: id, data: { certificateId: id } }));
  for (const write of eventWrites(events, first.now)) await tx.$executeRaw(write);
  return new Set(rows.map((row) => row.number));
}

/** The numbers, as written, that are in the register in that form though it is not the one that they have now. */
async function keptAsWritten(tx: Transaction, certificates: readonly CertificateToImport[]): Promise<ReadonlySet<string | undefined>> {
  const written = certificates.flatMap(({ number, numberAsWritten = number }) => (numberAsWritten === number ? [] : [numberAsWritten]));
  if (written.length === 0) return new Set();
  const rows = await tx.$queryRaw<{ number: string }[]>`SELECT number FROM certificate WHERE number = ANY(${written}::text[])`;
  return new Set(rows.map(({ number }) => number));
}

type Known = Pick<CertificateToImport, 'number' | 'name' | 'examTitle' | 'basisPoints' | 'issuedAt'>;

/** Whose number is in the register with other data. A statement of its own: it sees what the insert had to wait for. */
async function conflictsOf(tx: Transaction, certificates: readonly CertificateToImport[]): Promise<readonly Rejection[]> {
  if (certificates.length === 0) return [];
  const rows = await tx.$queryRaw<Known[]>`
    SELECT number, name, exam_title AS "examTitle", basis_points AS "basisPoints", issued_at AS "issuedAt"
    FROM certificate WHERE number = ANY(${certificates.flatMap(({ number, numberAsWritten = number }) => [number, numberAsWritten])}::text[])`;
  const known = new Map(rows.map((row) => [row.number, row]));
  return certificates.flatMap((certificate) => {
    const columns = columnsThatDiffer(certificate, known.get(certificate.numberAsWritten ?? certificate.number) ?? known.get(certificate.number));
    return columns.length === 0 ? [] : [{ line: certificate.line, reason: `number: is in the register with another ${columns.join(', another ')}` }];
  });
}

function columnsThatDiffer(certificate: Known, known: Known | undefined): readonly string[] {
  if (!known) throw new TypeError('a number that could not be inserted is in the register');
  return [
    ...(readingOf(known.name) === readingOf(certificate.name) ? [] : ['name']),
    ...(readingOf(known.examTitle) === readingOf(certificate.examTitle) ? [] : ['exam']),
    ...(certificate.issuedAt.getTime() === known.issuedAt.getTime() ? [] : ['issued_on']),
    ...(certificate.basisPoints === known.basisPoints ? [] : ['score']),
  ];
}

async function keepRejections(tx: Transaction, fileHash: string, rejections: readonly Rejection[]): Promise<void> {
  if (rejections.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO import_rejection (file_hash, line, reason)
    SELECT ${fileHash}, * FROM unnest(${rejections.map(({ line }) => line)}::int[], ${rejections.map(({ reason }) => reason)}::text[])`;
}
