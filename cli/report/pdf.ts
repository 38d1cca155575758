import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { DocumentRenderer } from '../../publication/documents/renderer.ts';
import type { ReportLanguage } from '../../publication/reports/report-words.ts';
import { wrongArguments } from '../arguments.ts';
import { CommandError, messageOf } from '../command.ts';

export type PdfOptions = { readonly pdf?: string; readonly language?: ReportLanguage };

const LANGUAGES = ['en', 'de'] satisfies readonly ReportLanguage[];

export const PDF_OPTION = new Option('--pdf <file>', 'a new file, too: the same figures with pictures, to read and to print');
export const LANGUAGE_OPTION = new Option('--language <code>', 'of the PDF: English where it is left out').choices(LANGUAGES);

/** Called before anything is read. */
export function checkPdfOptions({ pdf, language }: PdfOptions, command: Command): void {
  if (language !== undefined && pdf === undefined) wrongArguments(command, '--language is of --pdf');
}

/** Writes a file that is not there yet, where one is asked for. The typesetter and its fonts are loaded by whoever wants them. */
export async function writePdf(
  { pdf, language = 'en' }: PdfOptions,
  render: (renderer: DocumentRenderer, language: ReportLanguage) => Uint8Array | Promise<Uint8Array>,
): Promise<void> {
  if (pdf === undefined) return;
  const { createDocumentRenderer } = await import('../../publication/documents/renderer.ts');
  await writeFile(pdf, await render(createDocumentRenderer(), language), { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    throw new CommandError(`${pdf} cannot be written: ${messageOf(error)}`);
  });
}
