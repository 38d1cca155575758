import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { fromRandomAccessReaderPromise, RandomAccessReader, type Entry, type ZipFile } from 'yauzl';
import { streamOf, type FileAtHand } from './blocks.ts';
import { Faulty, FILE_LIMITS } from './fault.ts';
import { hasAt, nameOfType } from './signature.ts';

/** Entry by entry, unpacked to nowhere: what passes can be unpacked by anybody. */
export async function inspectZip(file: FileAtHand): Promise<void> {
  if (await hasAt(file, 0, 'PK\u0005\u0006')) throw blank();
  if (!(await hasAt(file, 0, 'PK\u0003\u0004'))) throw await notZip(file);
  const zip = await fromRandomAccessReaderPromise(new Reader(file), file.sizeBytes, { autoClose: false }).catch((error: unknown) => {
    throw /end of central directory/i.test(String(error)) ? cutOff() : damaged();
  });
  if (zip.entryCount > FILE_LIMITS.zipEntries)
    throw tooMuch(`it has ${zip.entryCount} entries, and at most ${FILE_LIMITS.zipEntries} are taken. Leave out what can be fetched or built again`);
  const entries = await entriesOf(zip, file);
  if (!entries.some((entry) => entry.uncompressedSize > 0)) throw blank();
  checkNames(entries);
  for (const entry of entries) await unpack(zip, entry);
}

/** The archive's own list, checked before anything is unpacked. */
async function entriesOf(zip: ZipFile, file: FileAtHand): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  let [unpackedBytes, packedBytes] = [0, 0];
  try {
    for await (const entry of zip.eachEntry()) {
      checkEntry(entry);
      unpackedBytes += entry.uncompressedSize;
      packedBytes += entry.compressedSize;
      entries.push(entry);
    }
  } catch (error) {
    if (error instanceof Faulty) throw error;
    throw /invalid relative path|absolute path|invalid characters in fileName/.test(String(error)) ? unsafePath() : damaged();
  }
  if (unpackedBytes > FILE_LIMITS.zipUnpackedBytes)
    throw tooMuch('unpacked it has more than a gibibyte. Leave out what can be fetched or built again');
  if (unpackedBytes > FILE_LIMITS.zipRatioFromBytes && unpackedBytes > FILE_LIMITS.zipRatio * file.sizeBytes)
    throw tooMuch(`unpacked it is more than ${FILE_LIMITS.zipRatio} times as large, as no solution is`);
  // Entries that lie over each other: a small file that unpacks without end.
  if (packedBytes > file.sizeBytes) throw damaged();
  return entries;
}

function checkEntry(entry: Entry): void {
  const { fileName } = entry;
  if (entry.isEncrypted()) throw new Faulty('encrypted', 'The archive is protected by a password. Make it without one, and upload that.');
  if (!entry.canDecodeFileData())
    throw new Faulty('damaged', 'The archive is packed in a way that few programs can unpack. Make it again as a plain ZIP, and upload that.');
  if (fileName.length > FILE_LIMITS.zipPathCharacters || fileName.split('/').length > FILE_LIMITS.zipFolderDepth)
    throw tooMuch('its folders are nested too deep. Pack them closer to the top');
  if (isLink(entry)) throw new Faulty('unsafe', 'The archive has links to other files in it. Pack the files themselves, and upload that.');
  if (isSpecial(entry)) throw new Faulty('unsafe', 'The archive has devices or the like in it. Pack plain files and folders, and upload that.');
  if (/\p{Cc}/u.test(fileName)) throw unsafePath();
  if (DECEPTIVE.test(fileName))
    throw new Faulty(
      'unsafe',
      'The archive has a file whose name reads as another one. Take out of it what turns text around or is not seen, and upload that.',
    );
  if (fileName.replace(/\/$/, '').split('/').some(isNoNameOnWindows))
    throw new Faulty(
      'damaged',
      `Windows cannot unpack "${fileName.slice(0, 100)}", and who opens it may use that. Give it a plainer name, and upload it.`,
    );
  if (fileName === '[Content_Types].xml' || fileName === 'mimetype')
    throw new Faulty(
      'other_type',
      'The file was announced as a ZIP archive, and is an Office document or an e-book. Save it as PDF, and upload that.',
    );
}

/** A symbolic link, as Unix notes it in the upper half of the external attributes (APPNOTE 4.4.15). */
function isLink({ externalFileAttributes }: Entry): boolean {
  return ((externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}

/** Neither a file nor a folder, where the archive says so much; programs that are no Unix's leave it out. */
function isSpecial({ externalFileAttributes }: Entry): boolean {
  return ![0, 0o100000, 0o040000].includes((externalFileAttributes >>> 16) & 0o170000);
}

/** What turns a name around, so that a program reads as a picture, and what nobody sees of it. */
const DECEPTIVE = /[\u00AD\u200B\u2028-\u202E\u2060-\u2069\uFEFF]/u;

/** Signs and names that its file systems keep for themselves. */
function isNoNameOnWindows(part: string): boolean {
  return part !== '.' && (/[<>:"|?*]|[. ]$/.test(part) || part === '' || /^(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\.|$)/i.test(part));
}

/** One name twice, or that of a file and a folder at once, also where only case or composition tells them apart: one would be lost. */
function checkNames(entries: readonly Entry[]): void {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const { fileName } of entries) {
    const parts = fileName
      .normalize('NFC')
      .toLowerCase()
      .replace(/^(?:\.\/)+/, '')
      .split('/');
    const name = parts.join('/');
    for (let depth = 1; depth < parts.length; depth += 1) folders.add(parts.slice(0, depth).join('/'));
    if (parts.at(-1) === '') continue;
    if (files.has(name)) throw sameName(fileName);
    files.add(name);
  }
  for (const name of files) if (folders.has(name)) throw sameName(name);
}

function sameName(fileName: string): Faulty {
  return new Faulty(
    'damaged',
    `The archive has "${fileName.slice(0, 100)}" twice: unpacked, one would be lost. Give them different names, and upload that.`,
  );
}

/** The library ends a stream with an error when it has more or fewer bytes than the list says. */
async function unpack(zip: ZipFile, entry: Entry): Promise<void> {
  let sum = 0;
  try {
    // Some programs go by the name that stands before the bytes, and not by the list.
    const { fileName } = await zip.readLocalFileHeaderPromise(entry);
    if (!fileName.equals(entry.fileNameRaw)) throw damaged();
    for await (const piece of await zip.openReadStreamPromise(entry)) sum = crc32(piece as Uint8Array, sum);
  } catch {
    throw damaged();
  }
  if (sum !== entry.crc32) throw damaged();
}

class Reader extends RandomAccessReader {
  readonly #file: FileAtHand;

  constructor(file: FileAtHand) {
    super();
    this.#file = file;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return streamOf(this.#file, { start, end });
  }
}

async function notZip(file: FileAtHand): Promise<Faulty> {
  const name = (await nameOfType(file)) ?? 'something else';
  return new Faulty('other_type', `The file was announced as a ZIP archive, and is ${name}. Upload it as what it is, or pack it as ZIP.`);
}

function blank(): Faulty {
  return new Faulty('blank', 'There is nothing in the archive. Upload the right one.');
}

function cutOff(): Faulty {
  return new Faulty('cut_off', 'The archive ends too early: a part of it is missing. Make it again, and upload that.');
}

function damaged(): Faulty {
  return new Faulty('damaged', 'The archive is damaged: not all of it can be unpacked. Make it again, try it, and upload that.');
}

function unsafePath(): Faulty {
  return new Faulty('unsafe', 'The archive has a file that would be unpacked outside its folder. Make it again without such paths, and upload that.');
}

function tooMuch(what: string): Faulty {
  return new Faulty('too_much', `The archive is too much to open: ${what}, and upload that.`);
}
