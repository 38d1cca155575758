import { writeFile } from 'node:fs/promises';
import type { DocumentRenderer } from '../../publication/documents/renderer.ts';
import { CommandError, messageOf } from '../command.ts';

export const PDF_OPTION = ['--pdf <file>', 'a new file, too: the same figures with pictures, to read and to print'] as const;

/** Writes a file that is not there yet. The typesetter and its fonts are loaded by whoever wants them. */
export async function writePdf(file: string, render: (renderer: DocumentRenderer) => Uint8Array): Promise<void> {
  const { createDocumentRenderer } = await import('../../publication/documents/renderer.ts');
  await writeFile(file, render(createDocumentRenderer()), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    throw new CommandError(`${file} cannot be written: ${messageOf(error)}`);
  });
}
