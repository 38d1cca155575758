import { expect, test } from 'vitest';
import { atHand, pdfOf } from '../../test/support/files.ts';
import { createInspector } from './inspector.ts';

const inspector = createInspector({ atOnce: 1, waitingMax: 4, milliseconds: 20_000, heapMebibytes: 96, memoryMebibytes: 256 });
const NAME = 'credential.json';

/** A page with files attached to it. */
function withAttached(...files: readonly (readonly [name: string, content: string])[]): Buffer {
  const specs = files.map(([name], index) => `(${index}) << /Type /Filespec /F (${name}) /UF (${name}) /EF << /F ${index + 4} 0 R >> >>`);
  return pdfOf({
    objects: [
      `<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [${specs.join(' ')}] >> >> >>`,
      '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>',
      ...files.map(([, content]) => `<< /Type /EmbeddedFile /Length ${content.length} >>\nstream\n${content}\nendstream`),
    ],
  });
}

const contentIn = async (bytes: Buffer) => {
  const { attachment, ...rest } = await inspector.attachmentOf(atHand(bytes), NAME);
  return attachment ? Buffer.from(attachment).toString() : rest;
};

test('what is attached under the name is found, among others of other names', async () => {
  expect(await contentIn(withAttached(['other.json', '{"a":1}'], [NAME, '{"b":2}'], ['credential.json.bak', '{}']))).toBe('{"b":2}');
  expect(await contentIn(withAttached([NAME, '{"b":2}'], [NAME, '{"b":2}']))).toBe('{"b":2}');
});

test('nothing under the name is nothing, whatever else is attached', async () => {
  for (const name of ['Credential.json', 'credential', 'credential.json ', 'a/credential.json.txt'])
    expect(await contentIn(withAttached([name, '{}']))).toEqual({});
});

test('of two that differ neither is guessed, in either order', async () => {
  expect(await contentIn(withAttached([NAME, '{"b":2}'], [NAME, '{"b":3}']))).toEqual({ several: true });
  expect(await contentIn(withAttached([NAME, '{"b":3}'], ['x', ''], [NAME, '{"b":2}']))).toEqual({ several: true });
});
