import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import canonicalize from 'canonicalize';
import type { JSONWebKeySet } from 'jose';
import { readDatabaseConfig } from '../platform/database-settings.ts';
import { readStorageConfig } from './config.ts';
import { verifyReceipt } from '../publication/receipts.ts';
import { connectStorage } from '../platform/storage/connect.ts';
import { ObjectNotFound, type ObjectStorage } from '../platform/storage/object-storage.ts';
import { isDatabaseUnavailable } from '../store/context.ts';
import type { RecordsCheckStore, SubmissionRecord } from '../store/records-check.ts';
import { connectToolStores } from './tool-stores.ts';
import { formatCount, runTool, terminal, ToolError, type ToolContext } from './tool.ts';

const USAGE = `npm run verify-records -- --keys URL_OR_FILE [--files]

Checks every submission of a database: its receipt is signed by one of the keys and states what the record says, and its
content has the hash that the receipt states. And what must hold between records: frozen tests, marks, decisions,
certificates, events, and the guards that keep records from being changed. Reads only. For a restored database, or any.

  --keys    the public keys of receipts: the API's /.well-known/jwks.json, or a file that holds the same
  --files   reads every uploaded file as well (STORAGE … in the environment) and compares its hash`;

export type VerifyContext = ToolContext & {
  readonly records: RecordsCheckStore;
  readonly keys: JSONWebKeySet;
  /** Without it, files are taken at the word of their record. */
  readonly storage: ObjectStorage | undefined;
};

/** So many problems are printed; all are counted. */
const SHOWN_MAX = 50;

/** Runs the check to its exit code: 1 when anything does not hold. */
export function verifyRecords({ records, keys, storage, print, printError }: VerifyContext): Promise<number> {
  return runTool({ print, printError }, async () => {
    const problems: string[] = [];
    let submissions = 0;
    let files = 0;
    for await (const page of records.submissions()) {
      for (const submission of page) {
        const problem = (await problemOfReceipt(submission, keys)) ?? (await problemOfContent(submission, storage));
        if (problem !== undefined) problems.push(`submission ${submission.submissionId}: ${problem}`);
        if (submission.uploadId !== null) files += 1;
      }
      submissions += page.length;
      if (submissions % 10_000 === 0) print(`${formatCount(submissions)} submissions checked`);
    }
    for (const { what, count } of await records.broken()) problems.push(`${formatCount(count)} ${what}`);
    for (const problem of problems.slice(0, SHOWN_MAX)) printError(problem);
    const ofFiles = storage ? `, ${formatCount(files)} files read` : '';
    if (problems.length > 0) {
      printError(`${formatCount(problems.length)} problems in ${formatCount(submissions)} submissions${ofFiles} and the records around them`);
      return 1;
    }
    print(`${formatCount(submissions)} receipts verify and their contents have the hashes they state${ofFiles}; all records fit together`);
    return 0;
  });
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
  { content, uploadId, contentHash }: SubmissionRecord,
  storage: ObjectStorage | undefined,
): Promise<string | undefined> {
  if (uploadId === null) {
    const hash = createHash('sha256')
      .update(canonicalize(content) ?? '')
      .digest('hex');
    return `sha-256:${hash}` === contentHash ? undefined : 'its answers do not have the hash that its receipt states';
  }
  if (!storage) return undefined;
  try {
    return `sha-256:${await storage.sha256(uploadId)}` === contentHash ? undefined : 'its file does not have the hash that its receipt states';
  } catch (error) {
    if (error instanceof ObjectNotFound) return `its file ${uploadId} is not in the storage`;
    throw error;
  }
}

async function keySet(source: string): Promise<JSONWebKeySet> {
  try {
    if (!/^https?:/.test(source)) return JSON.parse(await readFile(source, 'utf8')) as JSONWebKeySet;
    const response = await fetch(source);
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    return (await response.json()) as JSONWebKeySet;
  } catch (error) {
    throw new ToolError(`the keys cannot be read from ${source}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readOptions(args: readonly string[]): { keys: string; files: boolean } {
  try {
    const { values } = parseArgs({ args: [...args], options: { keys: { type: 'string' }, files: { type: 'boolean' } } });
    if (values.keys !== undefined) return { keys: values.keys, files: values.files === true };
  } catch (error) {
    throw new ToolError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
  throw new ToolError(USAGE, 2);
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const keys = await keySet(options.keys);
  const storage = options.files ? await connectStorage(readStorageConfig()) : undefined;
  const stores = connectToolStores(readDatabaseConfig());
  try {
    return await verifyRecords({ ...terminal, records: stores.recordsCheck, keys, storage });
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw new ToolError('PostgreSQL does not answer. Try again later.');
    throw error;
  } finally {
    await stores.close();
  }
}

if (import.meta.main) process.exitCode = await runTool(terminal, main);
