import { inflateSync, constants } from 'node:zlib';
import type { FileAtHand } from './blocks.ts';

const BLOCK_BYTES = 1024 * 1024;
/** No name of an action with what stands around it is longer, nor is the dictionary of a stream of objects. */
const OVERLAP_BYTES = 4096;
/** Of a stream of objects that does not say at once how long it is: programs write some hundred objects into one. */
const OBJECTS_BYTES = 1024 * 1024;
const OBJECTS_BYTES_MAX = 16 * 1024 * 1024;
const LENGTH = /\/Length[\s]+(\d{1,9})(?![\s]+\d+[\s]+R|\d)/;
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

const BETWEEN = '(?:[\\0\\t\\n\\f\\r ]|%[^\\r\\n]{0,200}[\\r\\n])*';
/** What runs a program, or sends and fetches what nobody sees. Links stay: readers ask before they follow one. */
const ACTION = new RegExp(
  `(?<![^\\0\\t\\n\\f\\r ()<>[\\]{}])/S${BETWEEN}/(?:JavaScript|Launch|SubmitForm|ImportData)(?![^\\0\\t\\n\\f\\r ()<>[\\]{}/%])`,
);
const OBJECTS = new RegExp(`/ObjStm(?![^\\0\\t\\n\\f\\r ()<>[\\]{}/%])[^]{0,1500}?stream\\r?\\n`, 'g');

/**
 * Whether an action of a PDF, wherever it hangs, runs a program or sends something. pdf.js tells of scripts of the document and its
 * pages alone, and not of a link that starts one. By their names, which stand in the file as they are, or in a packed stream of objects;
 * so a page that spells one out is refused as well where its text is not packed, which printing it anew does.
 */
export async function hasUnsafeAction(file: FileAtHand): Promise<boolean> {
  for (let start = 0; start < file.sizeBytes; start += BLOCK_BYTES) {
    const text = await textAt(file, start, start + BLOCK_BYTES + OVERLAP_BYTES);
    if (isUnsafe(text)) return true;
    for (const { index, 0: head } of text.matchAll(OBJECTS)) {
      if (index < BLOCK_BYTES && isUnsafe(await objectsAt(file, start + index + head.length, lengthIn(head)))) return true;
    }
  }
  return false;
}

async function textAt(file: FileAtHand, start: number, end: number): Promise<string> {
  return latin1(await file.read(start, Math.min(end, file.sizeBytes)));
}

function lengthIn(dictionary: string): number {
  const [, length] = LENGTH.exec(dictionary) ?? [];
  return length === undefined ? OBJECTS_BYTES : Math.min(Number(length), OBJECTS_BYTES_MAX);
}

async function objectsAt(file: FileAtHand, start: number, length: number): Promise<string> {
  const packed = await file.read(start, Math.min(start + length, file.sizeBytes));
  try {
    return latin1(inflateSync(packed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: UNPACKED_BYTES_MAX }));
  } catch {
    return ''; // Not packed, and read as it is; or damaged, which is the reader's to say.
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** A name may be written in hexadecimal, each character for itself. */
function isUnsafe(text: string): boolean {
  return ACTION.test(
    text.includes('#') ? text.replaceAll(/#([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16))) : text,
  );
}
