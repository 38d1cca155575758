import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Command } from 'commander';
import type { JSONWebKeySet } from 'jose';
import { ObjectNotFound, type ObjectStorage } from '../../platform/storage/object-storage.ts';
import { verifyReceipt } from '../../publication/receipts.ts';
import type { RecordsCheckStore, SubmissionRecord } from '../../store/records-check.ts';
import { JSON_OPTION } from '../arguments.ts';
import { formatCount, printJson, REFUSED, type CommandContext } from '../command.ts';
import { askedKeys } from '../keys.ts';

const NOTES = `
Its receipt is signed by one of the keys and states what the record says, and its content has the hash that the receipt states.
And what must hold between records: frozen tests, marks, decisions, certificates, events, and the guards that keep records from
being changed. Reads only. For a restored database, or any. Exit code 1 when anything does not hold.`;

/** So many problems are printed; all are counted. */
const SHOWN_MAX = 50;

type Options = { readonly keys?: string; readonly files?: true; readonly json?: true };

type RecordsReport = {
  readonly submissions: number;
  /** Read where a storage was given. */
  readonly filesRead: number | undefined;
  /** Of candidates who were erased: of these nothing is left to check. */
  readonly erased: number;
  readonly problems: readonly string[];
};

export function addVerify(records: Command, context: CommandContext): void {
  const command = records
    .command('verify')
    .description('check every submission of a database, and what must hold between its records')
    .option('--keys <url-or-file>', "the public keys of receipts: the API's /.well-known/jwks.json, or a file (default: those of the local stack)")
    .option('--files', 'read every uploaded file as well (STORAGE … in the environment) and compare its hash')
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async ({ keys: source, files, json }: Options) => {
      const { connections } = context;
      const keys = await askedKeys(command, context, source);
      const { recordsCheck } = await connections.stores();
      const storage = files ? await connections.storage() : undefined;
      const report = await verifyRecords({ records: recordsCheck, keys, storage, printError: context.printError });
      if (json) printJson(context, report);
      else say(report, context);
      if (report.problems.length > 0) context.exitWith(REFUSED);
    });
}

type VerifyOptions = Pick<CommandContext, 'printError'> & {
  readonly records: RecordsCheckStore;
  readonly keys: JSONWebKeySet;
  /** Without it, files are taken at the word of their record. */
  readonly storage: ObjectStorage | undefined;
};

async function verifyRecords({ records, keys, storage, printError }: VerifyOptions): Promise<RecordsReport> {
  const problems: string[] = [];
  let submissions = 0;
  let files = 0;
  let erased = 0;
  for await (const page of records.submissions()) {
    for (const submission of page) {
      if (submission.isErased) {
        erased += 1;
        continue;
      }
      const problem = (await problemOfReceipt(submission, keys)) ?? (await problemOfContent(submission, storage));
      if (problem !== undefined) problems.push(`submission ${submission.submissionId}: ${problem}`);
      if (submission.uploadId !== null && !submission.isFileErased) files += 1;
    }
    submissions += page.length;
    if (submissions % 10_000 === 0) printError(`${formatCount(submissions)} submissions checked`);
  }
  for (const { what, count } of await records.broken()) problems.push(`${formatCount(count)} ${what}`);
  return { submissions, filesRead: storage ? files : undefined, erased, problems };
}

function say({ submissions, filesRead, erased, problems }: RecordsReport, { print, printError }: CommandContext): void {
  if (erased > 0) print(`${formatCount(erased)} submissions are of candidates who were erased: their receipts and contents are gone`);
  const ofFiles = filesRead === undefined ? '' : `, ${formatCount(filesRead)} files read`;
  for (const problem of problems.slice(0, SHOWN_MAX)) printError(problem);
  if (problems.length === 0)
    print(`${formatCount(submissions)} receipts verify and their contents have the hashes they state${ofFiles}; all records fit together`);
  else printError(`${formatCount(problems.length)} problems in ${formatCount(submissions)} submissions${ofFiles} and the records around them`);
}

async function problemOfReceipt(submission: SubmissionRecord, keys: JSONWebKeySet): Promise<string | undefined> {
  const { attemptId, test, round, submissionId, contentHash, cause, submittedAt } = submission;
  const recorded = { attemptId, test, round, submissionId, contentHash, cause, submittedAt: submittedAt.toISOString() };
  try {
    const { issuer: _issuer, ...stated } = await verifyReceipt(submission.receipt, keys);
    return canonicalize(stated) === canonicalize(recorded) ? undefined : 'its receipt states something else than its record';
  } catch (error) {
    return `its receipt does not verify: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function problemOfContent(
  { content, uploadId, contentHash, isFileErased }: SubmissionRecord,
  storage: ObjectStorage | undefined,
): Promise<string | undefined> {
  if (uploadId === null) {
    const hash = createHash('sha256')
      .update(canonicalize(content) ?? '')
      .digest('hex');
    return `sha-256:${hash}` === contentHash ? undefined : 'its answers do not have the hash that its receipt states';
  }
  if (!storage || isFileErased) return undefined;
  try {
    return `sha-256:${await storage.sha256(uploadId)}` === contentHash ? undefined : 'its file does not have the hash that its receipt states';
  } catch (error) {
    if (error instanceof ObjectNotFound) return `its file ${uploadId} is not in the storage`;
    throw error;
  }
}
