import type { Command } from 'commander';
import type { RegisterEntry } from '../../domain/register.ts';
import type { RegisterReadModel } from '../../publication/register/read-model.ts';
import type { CertificateStore } from '../../store/certificates.ts';
import { JSON_OPTION } from '../arguments.ts';
import { formatCount, printJson, REFUSED, type CommandContext } from '../command.ts';
import { readyRegister } from './ready-register.ts';

const SHOWN_DIFFERENCES = 50;

/** How the register differs from a certificate; `absent` is revision 0. */
type RegisterDifference = { readonly certificateId: string; readonly certificateRevision: number; readonly registerRevision: number };

type Sides = { readonly certificates: CertificateStore; readonly register: RegisterReadModel };

export function addRegisterCheck(group: Command, context: CommandContext): void {
  group
    .command('check')
    .description('compare the public register with the certificates; exit code 1 when they differ')
    .option(...JSON_OPTION)
    .addHelpText('after', "\nThe register is the one that the workers' settings name: REGISTER and its companions.")
    .action(async ({ json }: { json?: true }) => {
      const { certificates } = await context.connections.stores();
      const sides = { certificates, register: await readyRegister(context) };
      const { compared, suspects } = await compareRevisions(sides);
      const differences = await lookAgain(suspects, sides);
      if (json) printJson(context, { compared, differences });
      else say({ compared, differences }, context);
      if (differences.length > 0) context.exitWith(REFUSED);
    });
}

function say({ compared, differences }: { compared: number; differences: readonly RegisterDifference[] }, { print }: CommandContext): void {
  for (const difference of differences.slice(0, SHOWN_DIFFERENCES)) print(describeDifference(difference));
  if (differences.length > SHOWN_DIFFERENCES) print(`and ${formatCount(differences.length - SHOWN_DIFFERENCES)} more`);
  print(
    differences.length === 0
      ? `the register has all ${formatCount(compared)} certificates as they stand`
      : `${formatCount(differences.length)} differ. The relay may be on its way to them: check again, or rebuild.`,
  );
}

function describeDifference({ certificateId, certificateRevision, registerRevision }: RegisterDifference): string {
  if (registerRevision === 0) return `${certificateId} is not in the register`;
  if (certificateRevision === 0) return `${certificateId} is in the register, but there is no such certificate`;
  return `${certificateId} is in the register with revision ${registerRevision}, not ${certificateRevision}`;
}

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
