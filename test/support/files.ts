import { createHash } from 'node:crypto';
import { crc32, deflateRawSync, deflateSync } from 'node:zlib';
import type { FileAtHand } from '../../platform/files/blocks.ts';

/** Files, good ones and hostile ones, byte by byte. */

export function atHand(bytes: Uint8Array): FileAtHand {
  return { sizeBytes: bytes.length, read: async (start, end) => new Uint8Array(bytes.subarray(start, end)) };
}

type ZipEntry = {
  readonly name: string;
  readonly content?: Uint8Array | string;
  /** Instead of what is true. */
  readonly unpackedBytes?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly unixMode?: number;
  /** Of an entry before, whose bytes it shares. */
  readonly over?: number;
};

/** A ZIP archive as APPNOTE describes it, with whatever lies the entries tell. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const [locals, directory, offsets]: [Buffer[], Buffer[], number[]] = [[], [], []];
  let at = 0;
  for (const { name, content = '', unpackedBytes, flags = 0x800, method = 8, unixMode = 0o100644, over } of entries) {
    const [bytes, fileName] = [Buffer.from(content), Buffer.from(name)];
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(unpackedBytes ?? bytes.length, 18);
    common.writeUInt16LE(fileName.length, 22);
    const offset = over === undefined ? at : (offsets[over] ?? 0);
    offsets.push(offset);
    if (over === undefined) {
      const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, fileName, packed]);
      locals.push(local);
      at += local.length;
    }
    const [head, tail] = [Buffer.from('PK\u0001\u0002\u0014\u0003', 'latin1'), Buffer.alloc(14)];
    tail.writeUInt32LE((unixMode << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([head, common, tail, fileName]));
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, list, end]);
}

type PdfObjects = { readonly objects: readonly string[]; readonly trailer?: string };

/** A PDF with a table of its objects; the first one is the catalogue. */
export function pdfOf({ objects, trailer = '' }: PdfObjects): Buffer {
  let text = '%PDF-1.7\n';
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

type PdfSpec = { readonly pages?: number; readonly count?: number; readonly fill?: string; readonly trailer?: string };

/** `fill` is text in a stream, for a size. */
export function pdf({ pages = 1, count = pages, fill = '', trailer = '' }: PdfSpec = {}): Buffer {
  const numbers = Array.from({ length: pages }, (_, index) => index + 4);
  return pdfOf({
    trailer,
    objects: [
      '<< /Type /Catalog /Pages 2 0 R >>',
      `<< /Type /Pages /Count ${count} /Kids [${numbers.map((number) => `${number} 0 R`).join(' ')}] >>`,
      `<< /Length ${fill.length} >>\nstream\n${fill}\nendstream`,
      ...numbers.map(() => '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R >>'),
    ],
  });
}

/** Protected by the standard handler, revision 2: by a password, or against printing only. */
export function protectedPdf({ password }: { password: string }): Buffer {
  const pad = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');
  const [owner, id, permissions] = [Buffer.alloc(32, 7), Buffer.alloc(16, 9), Buffer.alloc(4)];
  permissions.writeInt32LE(-64);
  const padded = Buffer.concat([Buffer.from(password), pad]).subarray(0, 32);
  const key = createHash('md5')
    .update(Buffer.concat([padded, owner, permissions, id]))
    .digest()
    .subarray(0, 5);
  const hex = (bytes: Uint8Array) => `<${Buffer.from(bytes).toString('hex')}>`;
  const encrypt = `<< /Filter /Standard /V 1 /R 2 /P -64 /O ${hex(owner)} /U ${hex(rc4(key, pad))} >>`;
  return pdf({ trailer: `/Encrypt ${encrypt} /ID [${hex(id)} ${hex(id)}]` });
}

function rc4(key: Uint8Array, bytes: Uint8Array): Buffer {
  const state = Array.from({ length: 256 }, (_, index) => index);
  const swap = (a: number, b: number) => ([state[a], state[b]] = [state[b] ?? 0, state[a] ?? 0]);
  for (let i = 0, j = 0; i < 256; i += 1) {
    j = (j + (state[i] ?? 0) + (key[i % key.length] ?? 0)) % 256;
    swap(i, j);
  }
  let [i, j] = [0, 0];
  return Buffer.from(
    bytes.map((byte) => {
      i = (i + 1) % 256;
      j = (j + (state[i] ?? 0)) % 256;
      swap(i, j);
      return byte ^ (state[((state[i] ?? 0) + (state[j] ?? 0)) % 256] ?? 0);
    }),
  );
}

/** Its objects are in a stream that unpacks to zeros without end. */
export function pdfBomb({ unpackedBytes }: { unpackedBytes: number }): Buffer {
  const packed = deflateSync(Buffer.alloc(unpackedBytes)).toString('latin1');
  const head = '%PDF-1.7\n';
  const stream = `1 0 obj\n<< /Type /XRef /Size 9 /W [1 4 2] /Root 2 0 R /Index [0 ${unpackedBytes}] /Filter /FlateDecode /Length ${packed.length} >>\nstream\n${packed}\nendstream\nendobj\n`;
  return Buffer.from(`${head}${stream}startxref\n${head.length}\n%%EOF\n`, 'latin1');
}
