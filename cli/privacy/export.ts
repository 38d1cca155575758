import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { PERSONAL_DATA_FORMAT, WITHHELD } from '../../domain/erasure.ts';
import { Refusal } from '../../domain/refusal.ts';
import { documentKeyOf, ObjectNotFound, type ObjectStorage } from '../../platform/storage/object-storage.ts';
import type { PersonalExport } from '../../store/privacy/export.ts';
import { CommandError, formatCount, type CommandContext } from '../command.ts';
import { CANDIDATE, IMPORTED } from './candidate-named.ts';

const NOTES = `
A folder with data.json, which says of each section what it is, and the files: what was uploaded, and what was rendered. docs/privacy.md describes it. It is
audited who made it and why. Give it to its person alone, and remove it.`;

type Options = { readonly certificate?: readonly string[]; readonly out: string; readonly actor: string; readonly reason: string };

export function addPrivacyExport(privacy: Command, context: CommandContext): void {
  privacy
    .command('export')
    .description('write all that is kept about a candidate into a new folder')
    .argument(...CANDIDATE)
    .requiredOption('--out <folder>', 'which must not be there yet')
    .option(...IMPORTED)
    .requiredOption('--actor <name>', 'who makes it')
    .requiredOption('--reason <text>', 'why')
    .addHelpText('after', NOTES)
    .action(async (candidateId: string, { out, certificate: certificateIds = [], ...by }: Options) => {
      const { connections } = context;
      const { exportPerson } = await connections.stores();
      const storage = await connections.storage();
      await mkdir(out, { mode: 0o700 }).catch((error: unknown) => {
        throw new CommandError(`${out} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
      });
      const exported = await exportPerson({ candidateId, certificateIds, ...by, key: randomUUID() }).catch((error: unknown) => {
        throw error instanceof Refusal ? new CommandError(error.message) : error;
      });
      const files = await writeFiles(exported, { out, storage });
      const { madeAt, sections } = exported;
      const data = { format: PERSONAL_DATA_FORMAT, madeAt: madeAt.toISOString(), sections, files, withheld: WITHHELD };
      await writeFile(join(out, 'data.json'), `${JSON.stringify(data, undefined, 2)}\n`, { mode: 0o600 });
      context.print(`${out}: data.json and ${formatCount(files.filter(({ path }) => path !== null).length)} files`);
    });
}

type Storing = { readonly out: string; readonly storage: ObjectStorage };

/** Names of ours: what people call a file may be no name here. A document that nobody asked for was never rendered. */
async function writeFiles({ files, documentIds }: PersonalExport, storing: Storing) {
  const uploads = await Promise.all(
    files.map(async (file) => ({ ...file, path: await writeOne(file.uploadId, `${file.uploadId}.upload`, storing) })),
  );
  const documents = await Promise.all(
    documentIds.map(async (id) => ({ documentId: id, path: await writeOne(documentKeyOf(id), `${id}.pdf`, storing) })),
  );
  return [...uploads, ...documents.filter(({ path }) => path !== null)];
}

async function writeOne(key: string, name: string, { out, storage }: Storing): Promise<string | null> {
  try {
    const { body } = await storage.read(key);
    await pipeline(body, createWriteStream(join(out, name), { flags: 'wx', mode: 0o600 }));
    return name;
  } catch (error) {
    if (error instanceof ObjectNotFound) return null;
    throw error;
  }
}
