import { inflateRawSync } from 'node:zlib';

/** Enough of a zip file for wheels and Go modules: no encryption, under 4 GB, stored or deflated. */
export type ZipEntry = { readonly name: string; readonly read: () => Buffer };

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;

/** The files in it, not read yet. Throws if it is no zip file. */
export function zipEntries(archive: Buffer): ZipEntry[] {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== END_OF_DIRECTORY) throw new Error('this is not a zip file');
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  return Array.from({ length: count }, () => {
    if (archive.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new Error('the directory of this zip file is damaged');
    const [nameLength, extraLength, commentLength] = [archive.readUInt16LE(at + 28), archive.readUInt16LE(at + 30), archive.readUInt16LE(at + 32)];
    const place = { method: archive.readUInt16LE(at + 10), size: archive.readUInt32LE(at + 20), header: archive.readUInt32LE(at + 42) };
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    at += 46 + nameLength + extraLength + commentLength;
    return { name, read: () => contents(archive, name, place) };
  });
}

function contents(archive: Buffer, name: string, { method, size, header }: { method: number; size: number; header: number }): Buffer {
  // The local header has lengths of its own: its extra field may differ from the directory's.
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const packed = archive.subarray(start, start + size);
  if (method === STORED) return packed;
  if (method === DEFLATED) return inflateRawSync(packed);
  throw new Error(`${name} is packed by method ${method}, which is not known here`);
}
