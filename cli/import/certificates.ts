import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { once } from 'node:events';
import type { Command } from 'commander';
import { csvLine } from '../../publication/csv.ts';
import type { CertificateToImport, ImportRun, ImportStore, Rejection } from '../../store/imports.ts';
import { wrongArguments } from '../arguments.ts';
import { CommandError, formatCount, type CommandContext } from '../command.ts';
import { hashOfFile, ImportFileError, readBatches, type ImportRecord } from './import-file.ts';
import { checkLine, IMPORT_COLUMNS } from './import-line.ts';

const NOTES = `
The first line of the file is ${IMPORT_COLUMNS.join(',')} (docs/import.md).

Exit code 0: all lines are in. 1: it could not go on; start it again once that is mended, and it continues where it stopped.
3: done, but some lines were rejected. 130: stopped by Ctrl-C; started again, it goes on where it stopped.`;

const SOME_REJECTED = 3;
const STOPPED = 130;

export function addImportCertificates(group: Command, context: CommandContext): void {
  const command = group
    .command('certificates')
    .description('take the certificates of another system into the register from a CSV file')
    .argument('<file>', 'the CSV file')
    .option('--rejected <file>', 'where the lines that are not taken go, with the reasons (default: FILE.rejected.csv)')
    .addHelpText('after', NOTES)
    .action(async (file: string, { rejected: rejectedFile = `${file}.rejected.csv` }: { rejected?: string }) => {
      if (resolve(file) === resolve(rejectedFile)) wrongArguments(command, '--rejected names the file to import: it would be overwritten');
      await runImport({ file, rejectedFile }, context);
    });
}

async function runImport({ file, rejectedFile }: Pick<ImportOptions, 'file' | 'rejectedFile'>, context: CommandContext): Promise<void> {
  const { print, exitWith, connections } = context;
  const { imports } = await connections.stores();
  const startedAt = performance.now();
  const progress = createProgress(context);
  const options = { imports, file, rejectedFile, signal: context.stopSignal(), onBatch: progress.onBatch };
  const result = await importCertificates(options).catch(async (error: unknown) => {
    throw await refusalOf(error, file);
  });
  progress.sayRest();
  for (const line of summaryOf(result, { seconds: (performance.now() - startedAt) / 1000 })) print(line);
  if (result.total.rejected > 0) print(`the rejected lines are in ${rejectedFile}`);
  if (result.end === 'stopped') print(`stopped after line ${formatCount(result.total.linesDone)}; started again, it goes on where it stopped`);
  if (result.end === 'stopped') exitWith(STOPPED);
  else if (result.total.rejected > 0) exitWith(SOME_REJECTED);
}

/** How many lines become part of the register together, and how many are lost from sight at most when the process is killed. */
const BATCH_LINES = 1000;
const SHOWN_REJECTIONS = 20;
const PROGRESS_MILLISECONDS = 1000;

type ImportResult = {
  /** Of the file, over all the times that its import was started. */
  readonly total: Pick<ImportRun, 'linesDone' | 'imported' | 'unchanged' | 'rejected'>;
  /** Of this time alone. */
  readonly importedNow: number;
  readonly rejectedNow: number;
  readonly end: 'finished' | 'stopped';
};

type ImportOptions = {
  readonly imports: ImportStore;
  readonly file: string;
  readonly rejectedFile: string;
  /** Ends the import after the batch under way. */
  readonly signal: AbortSignal;
  /** Told after each batch: every rejection of the file once, those of earlier times included. */
  readonly onBatch: (done: { readonly lastLine: number; readonly rejections: readonly Rejection[] }) => void;
};

/**
 * Imports a file from where its import stopped. What was dealt with before is read once more for its numbers and its
 * rejected lines alone. Throws an ImportFileError when the file cannot be read; what came before stays.
 */
async function importCertificates({ imports, file, rejectedFile, signal, onBatch }: ImportOptions): Promise<ImportResult> {
  const fileHash = await hashOfFile(file);
  const before = await imports.begin(fileHash);
  const lineOfNumber = new Map<string, number>();
  const rejected = createRejectedFile(rejectedFile);
  const total = { linesDone: before.linesDone, imported: before.imported, unchanged: before.unchanged, rejected: before.rejected };
  try {
    for await (const records of readBatches(file, { size: BATCH_LINES, splitAt: before.linesDone })) {
      if (signal.aborted) break;
      const checked = checkRecords(records, { lineOfNumber, startedAt: before.startedAt });
      const from = records[0]?.line ?? 0;
      const lastLine = records.at(-1)?.lastLine ?? 0;
      let rejections: readonly Rejection[];
      if (lastLine <= before.linesDone) {
        rejections = await imports.rejections({ fileHash, from, to: lastLine });
      } else {
        const outcome = await imports.commit({ fileHash, linesBefore: total.linesDone, linesDone: lastLine, ...checked });
        ({ rejections } = outcome);
        total.linesDone = lastLine;
        total.imported += outcome.imported;
        total.unchanged += outcome.unchanged;
        total.rejected += rejections.length;
      }
      await rejected.write(records, rejections);
      onBatch({ lastLine, rejections });
    }
  } finally {
    await rejected.close();
  }
  if (!signal.aborted) await imports.finish(fileHash);
  return {
    total,
    importedNow: total.imported - before.imported,
    rejectedNow: total.rejected - before.rejected,
    end: signal.aborted ? 'stopped' : 'finished',
  };
}

/** A number belongs to the line that has it first, even if that line is bad: whoever mends the file decides which one is right. */
function checkRecords(
  records: readonly ImportRecord[],
  { lineOfNumber, startedAt }: { lineOfNumber: Map<string, number>; startedAt: Date },
): { certificates: readonly CertificateToImport[]; rejections: readonly Rejection[] } {
  const certificates: CertificateToImport[] = [];
  const rejections: Rejection[] = [];
  for (const record of records) {
    const { line, lastLine } = record;
    const reject = (reasons: readonly string[]) => {
      const place = line === lastLine ? '' : ` (lines ${line} to ${lastLine})`;
      rejections.push({ line, reason: `${reasons.join('; ')}${place}` });
    };
    if ('problem' in record) {
      reject([record.problem]);
      continue;
    }
    const checked = checkLine(record.fields, { startedAt });
    const number = checked.kind === 'certificate' ? checked.certificate.number : checked.number;
    const firstLine = number === undefined ? undefined : lineOfNumber.get(number);
    if (number !== undefined && firstLine === undefined) lineOfNumber.set(number, line);
    const repeated = firstLine === undefined ? [] : [`number: is on line ${firstLine} already`];
    if (checked.kind === 'bad') reject([...repeated, ...checked.reasons]);
    else if (repeated.length > 0) reject(repeated);
    else certificates.push({ line, ...checked.certificate });
  }
  return { certificates, rejections };
}

/** The rejected lines as CSV. It is there under its name once it is complete, and not at all when nothing was rejected. */
function createRejectedFile(path: string) {
  const partial = `${path}.partial`;
  let stream: ReturnType<typeof createWriteStream> | undefined;
  return {
    async write(records: readonly ImportRecord[], rejections: readonly Rejection[]): Promise<void> {
      if (rejections.length === 0) return;
      if (!stream) {
        stream = createWriteStream(partial);
        await once(stream, 'open');
        stream.write(csvLine(['line', 'reason', ...IMPORT_COLUMNS]));
      }
      const reasons = new Map(rejections.map(({ line, reason }) => [line, reason]));
      for (const { line, cells } of records) {
        const reason = reasons.get(line);
        if (reason !== undefined) stream.write(csvLine([String(line), reason, ...cells]));
      }
      if (stream.writableNeedDrain) await once(stream, 'drain');
    },
    async close(): Promise<void> {
      if (!stream) return rm(path, { force: true });
      stream.end();
      await finished(stream);
      await rename(partial, path);
    },
  };
}

/** The disk is full, or the folder is not ours. A connection that PostgreSQL refused is none: it has no path. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error && 'path' in error;
}

async function refusalOf(error: unknown, file: string): Promise<unknown> {
  const { ImportOvertakenError } = await import('../../store/imports.ts');
  if (error instanceof ImportFileError) return new CommandError(`${file} ${error.message}`);
  if (error instanceof ImportOvertakenError || isSystemError(error)) return new CommandError(error.message);
  return error;
}

/** The first rejections as they come, and from time to time how far it is. */
function createProgress({ printError }: CommandContext): { onBatch: ImportOptions['onBatch']; sayRest: () => void } {
  let shown = 0;
  let rejected = 0;
  let since = { at: performance.now(), line: 0 };
  return {
    onBatch({ lastLine, rejections }) {
      for (const { line, reason } of rejections.slice(0, Math.max(0, SHOWN_REJECTIONS - shown))) printError(`line ${line}: ${reason}`);
      shown += Math.min(rejections.length, Math.max(0, SHOWN_REJECTIONS - shown));
      rejected += rejections.length;
      const now = performance.now();
      if (now - since.at < PROGRESS_MILLISECONDS) return;
      const perSecond = Math.round(((lastLine - since.line) * 1000) / (now - since.at));
      printError(`${formatCount(lastLine)} lines, ${formatCount(perSecond)} a second`);
      since = { at: now, line: lastLine };
    },
    sayRest() {
      if (rejected > shown) printError(`and ${formatCount(rejected - shown)} more rejected lines`);
    },
  };
}

function summaryOf({ total, importedNow, rejectedNow }: ImportResult, { seconds }: { seconds: number }): readonly string[] {
  const ofThem = (now: number, all: number) => (now === all ? '' : `, ${formatCount(now)} of them now`);
  return [
    `imported   ${formatCount(total.imported)}${ofThem(importedNow, total.imported)}`,
    `unchanged  ${formatCount(total.unchanged)}`,
    `rejected   ${formatCount(total.rejected)}${ofThem(rejectedNow, total.rejected)}`,
    `took       ${seconds.toFixed(1)} s`,
    `memory     ${Math.round(process.resourceUsage().maxRSS / 1024)} MB at most`,
  ];
}
