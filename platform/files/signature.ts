import { fileTypeFromBuffer } from 'file-type';
import type { FileAtHand } from './blocks.ts';

const HEAD_BYTES = 64 * 1024;

/** In words for people; what is not here is called by its media type. */
const NAMES: Readonly<Record<string, string>> = {
  'application/pdf': 'a PDF',
  'application/zip': 'a ZIP archive',
  'application/x-msdownload': 'a program for Windows',
  'application/x-elf': 'a program for Linux',
  'application/x-mach-binary': 'a program for macOS',
  'application/x-7z-compressed': 'a 7-Zip archive',
  'application/x-rar-compressed': 'a RAR archive',
  'application/gzip': 'a gzip archive',
  'application/x-tar': 'a tar archive',
  'application/x-cfb': 'a document of an older Office, or an encrypted one',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'a Word document',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'a PowerPoint presentation',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'an Excel sheet',
  'application/vnd.oasis.opendocument.text': 'an OpenDocument text',
  'application/rtf': 'an RTF document',
  'image/png': 'a PNG picture',
  'image/jpeg': 'a JPEG picture',
};

/** What the first bytes say that the file is, in words; undefined where they say nothing. */
export async function nameOfType(file: FileAtHand): Promise<string | undefined> {
  const type = await fileTypeFromBuffer(await file.read(0, HEAD_BYTES)).catch(() => undefined);
  return type && (NAMES[type.mime] ?? `a file of the type ${type.mime}`);
}

/** Whether the file has these ASCII characters at an offset. */
export async function hasAt(file: FileAtHand, offset: number, characters: string): Promise<boolean> {
  return Buffer.from(await file.read(offset, offset + characters.length)).toString('latin1') === characters;
}
