import { Readable } from 'node:stream';

/** A file that is read here and there, by offsets in bytes. */
export type FileAtHand = {
  readonly sizeBytes: number;
  /** The bytes from `start` up to `end`, which is not among them; the caller's to keep. */
  readonly read: (start: number, end: number) => Promise<Uint8Array>;
};

/** The storage may be far away: a few large reads, not many small ones. */
const BLOCK_BYTES = 4 * 1024 * 1024;
const BLOCKS_KEPT = 4;

/** The same file, read in blocks of which the last few are kept. */
export function inBlocks({ sizeBytes, read }: FileAtHand): FileAtHand {
  const kept = new Map<number, Promise<Uint8Array>>();

  function block(index: number): Promise<Uint8Array> {
    const start = index * BLOCK_BYTES;
    const found = kept.get(index) ?? read(start, Math.min(start + BLOCK_BYTES, sizeBytes));
    kept.delete(index);
    kept.set(index, found);
    const [oldest] = kept.keys();
    if (kept.size > BLOCKS_KEPT && oldest !== undefined) kept.delete(oldest);
    return found;
  }

  return {
    sizeBytes,
    async read(start, end) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, sizeBytes) - start));
      for (let at = start; at < start + bytes.length;) {
        const index = Math.floor(at / BLOCK_BYTES);
        const offset = at - index * BLOCK_BYTES;
        const part = (await block(index)).subarray(offset, offset + start + bytes.length - at);
        if (part.length === 0) throw new RangeError('the file is shorter than it was');
        bytes.set(part, at - start);
        at += part.length;
      }
      return bytes;
    },
  };
}

/** One pass over a stretch of the file. */
export function streamOf(file: FileAtHand, { start = 0, end = file.sizeBytes, pieceBytes = 256 * 1024 } = {}): Readable {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; at += pieceBytes) yield file.read(at, Math.min(at + pieceBytes, end));
  }
  return Readable.from(pieces(), { objectMode: false });
}
