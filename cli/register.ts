import { parseArgs } from 'node:util';
import type { RegisterEntry } from '../domain/register.ts';
import { readRegisterConfig } from './config.ts';
import { describeError } from '../platform/brokers/describe-error.ts';
import type { RegisterReadModel } from '../publication/register/read-model.ts';
import type { CertificateStore } from '../store/certificates.ts';
import { isDatabaseUnavailable } from '../store/context.ts';
import { connectRegister } from '../publication/register/connect.ts';
import { createPostgresRegister } from '../store/register.ts';
import { connectToolStores } from './tool-stores.ts';
import { formatCount, runTool, terminal, ToolError, type ToolContext } from './tool.ts';

const USAGE = `Usage:
  npm run register -- rebuild    copy every certificate into the public register, while it is in use and being fed
  npm run register -- check      compare the register with the certificates; exit code 1 when they differ

The register is the one that the workers' settings name: REGISTER and its companions.`;

const SHOWN_DIFFERENCES = 50;
const PROGRESS_PAGES = 20;

export type RegisterCommandContext = ToolContext & { readonly certificates: CertificateStore; readonly register: RegisterReadModel };

/** How the register differs from a certificate; `absent` is revision 0. */
export type RegisterDifference = { readonly certificateId: string; readonly certificateRevision: number; readonly registerRevision: number };

/** Runs `rebuild` or `check` to its exit code. */
export function runRegisterCommand(args: readonly string[], context: RegisterCommandContext): Promise<number> {
  return runTool(context, async () => {
    const name = readName(args);
    try {
      await context.register.prepare().catch((error: unknown) => {
        throw isDatabaseUnavailable(error) ? error : new ToolError(`the register is not ready: ${describeError(error)}`);
      });
      return name === 'rebuild' ? await rebuild(context) : await check(context);
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw new ToolError('PostgreSQL does not answer. Nothing is lost: start the command again later.');
      throw error;
    }
  });
}

/** Nothing is removed, and of two who write at once the higher revision wins: the relay may go on meanwhile. */
async function rebuild({ certificates, register, print }: RegisterCommandContext): Promise<number> {
  let copied = 0;
  let pages = 0;
  for await (const entries of certificates.allRegisterEntries()) {
    await register.put(entries);
    copied += entries.length;
    pages += 1;
    if (pages % PROGRESS_PAGES === 0) print(`${formatCount(copied)} certificates so far`);
  }
  print(`${formatCount(copied)} certificates are in the register`);
  return 0;
}

async function check({ certificates, register, print }: RegisterCommandContext): Promise<number> {
  const { compared, suspects } = await compareRevisions({ certificates, register });
  const differences = await lookAgain(suspects, { certificates, register });
  for (const difference of differences.slice(0, SHOWN_DIFFERENCES)) print(describeDifference(difference));
  if (differences.length > SHOWN_DIFFERENCES) print(`and ${formatCount(differences.length - SHOWN_DIFFERENCES)} more`);
  if (differences.length === 0) {
    print(`the register has all ${formatCount(compared)} certificates as they stand`);
    return 0;
  }
  print(`${formatCount(differences.length)} differ. The relay may be on its way to them: check again, or rebuild.`);
  return 1;
}

function describeDifference({ certificateId, certificateRevision, registerRevision }: RegisterDifference): string {
  if (registerRevision === 0) return `${certificateId} is not in the register`;
  if (certificateRevision === 0) return `${certificateId} is in the register, but there is no such certificate`;
  return `${certificateId} is in the register with revision ${registerRevision}, not ${certificateRevision}`;
}

type Sides = Pick<RegisterCommandContext, 'certificates' | 'register'>;

/** Both ways: what the register lacks, has otherwise, and has alone. One id of 36 characters each is held in memory. */
async function compareRevisions({ certificates, register }: Sides): Promise<{ compared: number; suspects: readonly string[] }> {
  const inRegister = new Map<string, number>();
  for await (const page of register.revisions()) for (const { certificateId, revision } of page) inRegister.set(certificateId, revision);
  const suspects: string[] = [];
  let compared = 0;
  for await (const entries of certificates.allRegisterEntries()) {
    for (const { certificateId, revision } of entries) {
      compared += 1;
      if (inRegister.get(certificateId) !== revision) suspects.push(certificateId);
      inRegister.delete(certificateId);
    }
  }
  return { compared, suspects: [...suspects, ...inRegister.keys()] };
}

/** What changed between the two readings is no difference: each suspect is looked at once more, the register last. */
async function lookAgain(suspects: readonly string[], { certificates, register }: Sides): Promise<readonly RegisterDifference[]> {
  const differences: RegisterDifference[] = [];
  for (const certificateId of suspects) {
    const [certificate] = await certificates.registerEntries([certificateId]);
    const entry = await register.find({ certificateId });
    const revisions = { certificateRevision: revisionOf(certificate), registerRevision: revisionOf(entry) };
    if (revisions.certificateRevision !== revisions.registerRevision) differences.push({ certificateId, ...revisions });
  }
  return differences;
}

function revisionOf(entry: RegisterEntry | undefined): number {
  return entry?.revision ?? 0;
}

function readName(args: readonly string[]): 'rebuild' | 'check' {
  const [name, ...rest] = positionalsOf(args);
  if ((name !== 'rebuild' && name !== 'check') || rest.length > 0) throw new ToolError(USAGE, 2);
  return name;
}

function positionalsOf(args: readonly string[]): readonly string[] {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: {} }).positionals;
  } catch (error) {
    throw new ToolError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, 2);
  }
}

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  readName(args);
  const config = readRegisterConfig();
  const stores = connectToolStores(config);
  const register = await connectRegister(config.register, { postgres: () => createPostgresRegister(stores) });
  try {
    return await runRegisterCommand(args, { ...terminal, certificates: stores.certificates, register });
  } finally {
    await register.close();
    await stores.close();
  }
}

if (import.meta.main) process.exitCode = await runTool(terminal, main);
