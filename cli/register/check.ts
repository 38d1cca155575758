import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import type { RegisterEntry } from '../../domain/register.ts';
import type { RegisterReadModel } from '../../publication/register/read-model.ts';
import type { CertificateStore } from '../../store/certificates.ts';
import { JSON_OPTION } from '../arguments.ts';
import { formatCount, printJson, REFUSED, type CommandContext } from '../command.ts';
import { readyRegister } from './ready-register.ts';

const SHOWN_DIFFERENCES = 50;

/** How the register differs from a certificate; absent is revision 0. Of one revision, what the register says otherwise. */
type RegisterDifference = {
  readonly certificateId: string;
  readonly certificateRevision: number;
  readonly registerRevision: number;
  readonly fields: readonly Field[];
};
type Field = keyof RegisterEntry;

const FIELDS = ['number', 'name', 'examTitle', 'issuedAt', 'basisPoints', 'status', 'replacedBy'] as const satisfies readonly Field[];

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
      const { compared, suspects } = await compareEntries(sides);
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

function describeDifference({ certificateId, certificateRevision, registerRevision, fields }: RegisterDifference): string {
  if (registerRevision === 0) return `${certificateId} is not in the register`;
  if (certificateRevision === 0) return `${certificateId} is in the register, but there is no such certificate`;
  if (certificateRevision === registerRevision) return `${certificateId} is in the register with its revision, but another ${fields.join(', ')}`;
  return `${certificateId} is in the register with revision ${registerRevision}, not ${certificateRevision}`;
}

/** Both ways: what the register lacks, has otherwise, and has alone. One id and one hash of each certificate are held in memory. */
async function compareEntries({ certificates, register }: Sides): Promise<{ compared: number; suspects: readonly string[] }> {
  const inRegister = new Map<string, string>();
  for await (const page of register.entries()) for (const entry of page) inRegister.set(entry.certificateId, hashOf(entry));
  const suspects: string[] = [];
  let compared = 0;
  for await (const entries of certificates.allRegisterEntries()) {
    for (const entry of entries) {
      compared += 1;
      if (inRegister.get(entry.certificateId) !== hashOf(entry)) suspects.push(entry.certificateId);
      inRegister.delete(entry.certificateId);
    }
  }
  return { compared, suspects: [...suspects, ...inRegister.keys()] };
}

function hashOf(entry: RegisterEntry): string {
  const said = JSON.stringify([entry.revision, ...FIELDS.map((field) => entry[field])]);
  return createHash('sha256').update(said).digest('base64');
}

/** What changed between the two readings is no difference: each suspect is looked at once more, the register last. */
async function lookAgain(suspects: readonly string[], { certificates, register }: Sides): Promise<readonly RegisterDifference[]> {
  const differences: RegisterDifference[] = [];
  for (const certificateId of suspects) {
    const [certificate] = await certificates.registerEntries([certificateId]);
    const entry = await register.find({ certificateId });
    const revisions = { certificateRevision: revisionOf(certificate), registerRevision: revisionOf(entry) };
    const fields = certificate && entry ? FIELDS.filter((field) => JSON.stringify(certificate[field]) !== JSON.stringify(entry[field])) : [];
    if (revisions.certificateRevision !== revisions.registerRevision || fields.length > 0) differences.push({ certificateId, ...revisions, fields });
  }
  return differences;
}

function revisionOf(entry: RegisterEntry | undefined): number {
  return entry?.revision ?? 0;
}
