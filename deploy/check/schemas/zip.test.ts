import { deflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { zipEntries } from './zip.ts';

type File = { readonly name: string; readonly text: string; readonly method: number; readonly localExtra?: number };

/** As the format has it (APPNOTE 4.3), without checksums, which nothing here reads. */
function zipOf(files: readonly File[], comment = ''): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  for (const { name, text, method, localExtra = 0 } of files) {
    const data = method === 8 ? deflateRawSync(text) : Buffer.from(text);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    local.writeUInt16LE(localExtra, 28);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(data.length, 20);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(Buffer.concat(locals).length, 42);
    locals.push(local, Buffer.from(name), Buffer.alloc(localExtra), data);
    directory.push(entry, Buffer.from(name));
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(Buffer.concat(locals).length, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...locals, ...directory, end, Buffer.from(comment)]);
}

it('reads files as they were packed: stored, deflated, with extra fields and a comment', () => {
  const archive = zipOf(
    [
      { name: 'a/stored.yaml', text: 'kind: A', method: 0, localExtra: 9 },
      { name: 'b.json', text: '{"b":1}'.repeat(99), method: 8 },
    ],
    'made by hand',
  );
  expect(zipEntries(archive).map(({ name, read }) => [name, read().toString()])).toEqual([
    ['a/stored.yaml', 'kind: A'],
    ['b.json', '{"b":1}'.repeat(99)],
  ]);
});

it('refuses what is no zip file, and what is packed another way', () => {
  expect(() => zipEntries(Buffer.from('<html>not available</html>'))).toThrow('not a zip file');
  expect(() => zipEntries(zipOf([{ name: 'a', text: 'a', method: 14 }])).map(({ read }) => read())).toThrow('packed by method 14');
});
