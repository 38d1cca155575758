import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { atHand, pdf, pdfBomb, pdfOf, protectedPdf, zip } from '../../test/support/files.ts';
import { createInspector, InspectorBusy } from './inspector.ts';
import { inspect, type InspectedType } from './inspect.ts';

const limits = { atOnce: 2, waitingMax: 40, milliseconds: 20_000, heapMebibytes: 96, memoryMebibytes: 256 };
const inspector = createInspector(limits);
const [PDF, ZIP, TEXT] = ['application/pdf', 'application/zip', 'text/plain'] as const;
const MEBIBYTE = 1024 * 1024;

const program = Buffer.concat([Buffer.from('MZ\u0090\0\u0003\0\0\0', 'latin1'), Buffer.alloc(4000, 3)]);
const design = { name: 'design/README.md', content: '# A design\n' };
const word = zip([
  {
    name: '[Content_Types].xml',
    content: '<Types><Override ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
  },
  { name: 'word/document.xml', content: '<document/>' },
]);

/** A page of nothing, with something more in the catalogue or on the page. */
function pdfWith(catalogue: string, page = ''): Buffer {
  return pdfOf({
    objects: [
      `<< /Type /Catalog /Pages 2 0 R ${catalogue} >>`,
      '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] ${page} >>`,
    ],
  });
}

const linked = (action: string) => pdfWith('', `/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A ${action} >>]`);

/** An action at every place where one may hang, and written in every way. */
function actionsOf(name: string): Readonly<Record<string, Buffer>> {
  const action = `<< /Type /Action /S /${name} /F (cmd.exe) /JS (app.alert\\(1\\)) >>`;
  const objects = `9 0 ${action}`;
  const packed = deflateSync(Buffer.from(objects)).toString('latin1');
  return {
    'when it is opened': pdfWith(`/OpenAction ${action}`),
    'on a page': pdfWith('', `/AA << /O ${action} >>`),
    'behind a link': linked(action),
    'after a link': linked(`<< /S /URI /URI (https://example.com) /Next ${action} >>`),
    'in other letters': linked(`<< /S/#${name.charCodeAt(0).toString(16)}${name.slice(1)} /F (x) >>`),
    'after a comment': linked(`<< /S %x\n /${name} /F (x) >>`),
    'far in the file': pdfWith(
      '',
      `/Note (${' '.repeat(1024 * 1024 - 360)}) /Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A ${action} >>]`,
    ),
    'in a packed stream of objects': pdfOf({
      objects: [
        '<< /Type /Catalog /Pages 2 0 R >>',
        '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>',
        `<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length ${packed.length} >>\nstream\n${packed}\nendstream`,
      ],
    }),
  };
}

function otherName(archive: Buffer): Buffer {
  archive.write('../sign.md', 30);
  return archive;
}

const attached = zip([design]);

const good: readonly (readonly [string, InspectedType, Buffer])[] = [
  ['a PDF', PDF, pdf()],
  ['a PDF with a link to a page of the web', PDF, linked('<< /S /URI /URI (https://example.com/S/Launch) >>')],
  ['a PDF with a link to another file', PDF, linked('<< /S /GoToR /F (annex.pdf) /D [0 /Fit] >>')],
  ['a PDF that opens at a page', PDF, pdfWith('/OpenAction << /S /GoTo /D [3 0 R /Fit] >>')],
  ['a PDF that asks to be printed', PDF, pdfWith('/OpenAction << /S /Named /N /Print >>')],
  ['a PDF of as many pages as are taken', PDF, pdf({ pages: 1000 })],
  ['a PDF of ten mebibytes', PDF, pdf({ fill: 'x'.repeat(10 * MEBIBYTE) })],
  ['a PDF whose count of pages is wrong, which readers mend', PDF, pdf({ pages: 2, count: 1_000_000_000 })],
  ['a PDF with a drawing attached to it that is an archive', PDF, pdf({ fill: attached.toString('latin1') })],
  [
    'an archive with files of any script',
    ZIP,
    zip([
      { name: 'Übersicht (2)/図.md', content: 'x' },
      { name: './a.b/می‌خواهم.txt', content: 'y' },
    ]),
  ],
  ['an archive', ZIP, zip([design, { name: 'design/', method: 0, unixMode: 0o040755 }, { name: 'a/b.drawio', content: 'x'.repeat(9999) }])],
  ['an archive in an archive', ZIP, zip([{ name: 'inner.zip', content: zip([design]), method: 0 }])],
  ['a text in every script', TEXT, Buffer.from('# Entwurf\r\n\tжук 漢字 😀\n')],
  ['a text with a byte order mark', TEXT, Buffer.from('\uFEFFyes')],
  ['a text that begins as programs do', 'text/markdown', Buffer.from('MZ is the name of our mainframe.')],
  ['a text longer than a block', TEXT, Buffer.from('漢'.repeat(2 * MEBIBYTE))],
];

type Hostile = readonly [name: string, type: InspectedType, bytes: Buffer, fault: string, word?: string];

const hostile: readonly Hostile[] = [
  ['a program announced as PDF', PDF, program, 'other_type', 'is a program for Windows'],
  ['a program announced as ZIP', ZIP, program, 'other_type', 'is a program for Windows'],
  ['a program announced as text', TEXT, program, 'other_type', 'is a program for Windows'],
  ['an archive announced as PDF', PDF, zip([design]), 'other_type', 'is a ZIP archive'],
  ['a PDF announced as ZIP', ZIP, pdf(), 'other_type', 'is a PDF'],
  ['a PDF announced as text', TEXT, pdf(), 'other_type', 'is a PDF'],
  ['a Word document announced as ZIP', ZIP, word, 'other_type'],
  ['a Word document announced as PDF', PDF, word, 'other_type', 'Word'],
  ['a PDF that is an archive too', PDF, Buffer.concat([pdf(), zip([design])]), 'other_type', 'in one'],
  ['a program with an archive behind it', ZIP, Buffer.concat([program, zip([design])]), 'other_type', 'Windows'],
  ['junk before a PDF', PDF, Buffer.concat([Buffer.from('GIF89a'), pdf()]), 'other_type'],
  ['text in another encoding', TEXT, Buffer.from('Größe', 'latin1'), 'other_type', 'UTF-8'],
  ['text in UTF-16', TEXT, Buffer.from('\uFEFFdesign', 'utf16le'), 'other_type', 'UTF-8'],
  ['text that ends within a character', TEXT, Buffer.from('漢字').subarray(0, 5), 'other_type', 'UTF-8'],
  ['a text of blanks', TEXT, Buffer.from(' \n\u200B\u2003'), 'blank'],
  ['a PDF that is cut off', PDF, pdf({ pages: 20, fill: 'x'.repeat(5000) }).subarray(0, 6000), 'cut_off'],
  ['the head of a PDF alone', PDF, Buffer.from('%PDF-1.7\n'), 'cut_off'],
  ['a PDF of noise', PDF, Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(50_000, 0xa7), Buffer.from('%%EOF')]), 'damaged'],
  ['a PDF without pages', PDF, pdf({ pages: 0 }), 'damaged'],
  ['a PDF of too many pages', PDF, pdf({ pages: 1001 }), 'too_much', '1001 pages'],
  [
    'a PDF whose pages go in a circle',
    PDF,
    pdfOf({ objects: ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Count 5 /Kids [2 0 R] >>'] }),
    'damaged',
  ],
  ['a PDF nested without end', PDF, pdfOf({ objects: [`<< /Type /Catalog /Pages ${'['.repeat(200_000)} >>`] }), 'damaged'],
  ['a PDF with a password', PDF, protectedPdf({ password: 'secret' }), 'encrypted'],
  ['a PDF that forbids printing', PDF, protectedPdf({ password: '' }), 'encrypted'],
  ['an empty archive', ZIP, zip([]), 'blank'],
  ['an archive of folders', ZIP, zip([{ name: 'design/', method: 0 }]), 'blank'],
  ['an archive that is cut off', ZIP, zip([design, { ...design, name: 'b' }]).subarray(0, 150), 'cut_off'],
  ['an archive with changed bytes', ZIP, changed(zip([{ name: 'a', content: 'plain content', method: 0 }])), 'damaged'],
  ['an archive with a password', ZIP, zip([{ ...design, flags: 0x801 }]), 'encrypted'],
  ['an archive packed in another way', ZIP, zip([{ ...design, method: 14 }]), 'damaged', 'plain ZIP'],
  ['an archive that unpacks to 600 times its size', ZIP, zip([{ name: 'zeros', content: Buffer.alloc(100 * MEBIBYTE) }]), 'too_much', 'as large'],
  ['an archive that unpacks to more than it says', ZIP, zip([{ name: 'a', content: Buffer.alloc(50 * MEBIBYTE), unpackedBytes: 10 }]), 'damaged'],
  ['an archive that says it unpacks to gibibytes', ZIP, zip([{ ...design, unpackedBytes: 2 ** 31 }]), 'too_much', 'gibibyte'],
  ['an archive whose entries lie over each other', ZIP, zip([{ name: 'a', content: noise(3000) }, ...overlapping(200)]), 'damaged'],
  [
    'an archive of too many entries',
    ZIP,
    zip(Array.from({ length: 10_001 }, (_, index) => ({ name: `f${index}`, content: 'x' }))),
    'too_much',
    '10001 entries',
  ],
  ['an archive nested too deep', ZIP, zip([{ name: `${'d/'.repeat(40)}f`, content: 'x' }]), 'too_much', 'nested'],
  ['an archive that unpacks beside its folder', ZIP, zip([{ name: '../../etc/passwd', content: 'x' }]), 'unsafe'],
  ['an archive with an absolute path', ZIP, zip([{ name: '/etc/passwd', content: 'x' }]), 'unsafe'],
  ['an archive with a path of Windows', ZIP, zip([{ name: 'C:\\autoexec.bat', content: 'x', flags: 0 }]), 'unsafe'],
  ['an archive with a device', ZIP, zip([{ name: 'null', content: 'x', unixMode: 0o020666 }]), 'unsafe', 'devices'],
  ['an archive with a name that is turned around', ZIP, zip([{ name: 'design\u202Efdp.exe', content: 'x' }]), 'unsafe', 'reads as another one'],
  ['an archive with a name of which a part is not seen', ZIP, zip([design, { name: 'a\u200B.md', content: 'x' }]), 'unsafe', 'not seen'],
  ['an archive with one name twice', ZIP, zip([design, design]), 'damaged', 'twice'],
  [
    'an archive with names that only case tells apart',
    ZIP,
    zip([
      { name: 'A/b.md', content: 'x' },
      { name: './a/B.md', content: 'y' },
    ]),
    'damaged',
    'twice',
  ],
  [
    'an archive with names that only composition tells apart',
    ZIP,
    zip([
      { name: 'é', content: 'x' },
      { name: 'e\u0301', content: 'y' },
    ]),
    'damaged',
    'twice',
  ],
  [
    'an archive with a file that is a folder too',
    ZIP,
    zip([
      { name: 'a', content: 'x' },
      { name: 'a/b', content: 'y' },
    ]),
    'damaged',
    'twice',
  ],
  ['an archive with a name that Windows keeps for itself', ZIP, zip([{ name: 'docs/aux.txt', content: 'x' }]), 'damaged', 'docs/aux.txt'],
  ['an archive with a sign that Windows has in no name', ZIP, zip([{ name: 'Which design?.md', content: 'x' }]), 'damaged', 'plainer name'],
  ['an archive that has another name before the bytes than in its list', ZIP, otherName(zip([{ name: 'design.md', content: 'x' }])), 'damaged'],
  ['a text of braille blanks and fillers alone', TEXT, Buffer.from('\u2800\u3164\uFFA0\u{E0041}'), 'blank'],
  ['a PDF that runs a program when it is opened', PDF, pdfWith('/OpenAction << /S /JavaScript /JS (app.alert(1)) >>'), 'unsafe', 'a program in it'],
  ['a PDF with a program in its names', PDF, pdfWith('/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (x) >>] >> >>'), 'unsafe'],
  ['a PDF with a program for its closing', PDF, pdfWith('/AA << /WC << /S /JavaScript /JS (x) >> >>'), 'unsafe'],
  ['a PDF with a program on a page', PDF, pdfWith('', '/AA << /O << /S /JavaScript /JS (x) >> >>'), 'unsafe'],
  ...['Launch', 'SubmitForm', 'ImportData', 'JavaScript'].flatMap((action) =>
    Object.entries(actionsOf(action)).map(
      ([where, bytes]) => [`a PDF with a ${action} ${where}`, PDF, bytes, 'unsafe', 'starts one or sends something'] as const,
    ),
  ),
  ['a PDF that is an archive too, and ends as PDF', PDF, Buffer.concat([pdf(), zip([design]), Buffer.from('\n%%EOF\n')]), 'other_type', 'in one'],
  ['an archive with a link', ZIP, zip([{ name: 'etc', content: '/etc', unixMode: 0o120777 }]), 'unsafe'],
];

describe('what is what it says is taken:', () => {
  test.each(good)('%s', async (_name, type, bytes) => expect(await inspect(atHand(bytes), type)).toBeUndefined());
});

describe('what is not is refused, with a word that tells what to do:', () => {
  test.each(hostile.map(([name, type, bytes, fault, word = '']) => [name, type, bytes, fault, word] as const))(
    '%s',
    async (_name, type, bytes, fault, word) => {
      const found = await inspect(atHand(bytes), type);
      expect(found).toMatchObject({ fault, message: expect.stringContaining(word ?? '') });
      expect(found?.message).toMatch(/\b(upload|Upload|Leave out)\b/);
    },
  );
});

test('each format is opened in its thread', async () => {
  expect(await Promise.all([inspector.faultOf(atHand(pdf()), PDF), inspector.faultOf(atHand(zip([design])), ZIP)])).toEqual([undefined, undefined]);
  expect(await inspector.faultOf(atHand(program), TEXT)).toMatchObject({ fault: 'other_type' });
});

test('a PDF that unpacks to a gibibyte is ended before it has', async () => {
  const before = process.memoryUsage.rss();
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  expect(await inspector.faultOf(atHand(pdfBomb({ unpackedBytes: 1024 * MEBIBYTE })), PDF)).toMatchObject({ fault: 'too_much' });
  clearInterval(watch);
  expect(most - before).toBeLessThan(700 * MEBIBYTE);
});

test('a file that takes too long is ended, and the next one has its turn', async () => {
  const hasty = createInspector({ ...limits, atOnce: 1, milliseconds: 1 });
  expect(await hasty.faultOf(atHand(pdf({ pages: 900 })), PDF)).toMatchObject({ fault: 'too_much' });
  const patient = createInspector({ ...limits, atOnce: 1 });
  const both = [patient.faultOf(atHand(pdfBomb({ unpackedBytes: 512 * MEBIBYTE })), PDF), patient.faultOf(atHand(pdf()), PDF)];
  expect((await Promise.all(both))[1]).toBeUndefined();
});

test('a slow storage is not the file’s fault', async () => {
  const hasty = createInspector({ ...limits, milliseconds: 3000 });
  const bytes = pdf();
  const read = async (start: number, end: number) => {
    await new Promise((resolve) => setTimeout(resolve, 3500));
    return new Uint8Array(bytes.subarray(start, end));
  };
  expect(await hasty.faultOf({ sizeBytes: bytes.length, read }, PDF)).toBeUndefined();
});

test('a storage that is away says so itself', async () => {
  const away = { sizeBytes: 10, read: () => Promise.reject(new Error('away')) };
  for (const type of [PDF, ZIP, TEXT]) await expect(inspector.faultOf(away, type)).rejects.toThrow('away');
});

test('texts go through one thread, which is not the next one’s once something was wrong with one, or that ended meanwhile', async () => {
  const one = createInspector({ ...limits, atOnce: 1 });
  const text = () => one.faultOf(atHand(Buffer.from('Something to read')), TEXT);
  const threads = () => (process.report.getReport() as { workers: readonly object[] }).workers.length;
  expect(await text()).toBeUndefined();
  const kept = threads();
  for (const _again of [1, 2, 3]) expect(await text()).toBeUndefined();
  expect(threads()).toBe(kept);
  expect(await one.faultOf(atHand(Buffer.from('a\0b')), TEXT)).toMatchObject({ fault: 'other_type' });
  expect(threads()).toBe(kept - 1);
  expect(await one.faultOf(atHand(pdf()), PDF)).toBeUndefined();
  expect(threads()).toBe(kept - 1);
  expect(await text()).toBeUndefined();
  expect(threads()).toBe(kept);
});

test('no more wait than may, and the rest is told to come again', async () => {
  const narrow = createInspector({ ...limits, atOnce: 1, waitingMax: 1 });
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => narrow.faultOf(atHand(pdf()), PDF)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(outcomes[2]).toMatchObject({ reason: expect.any(InspectorBusy) });
});

function changed(archive: Buffer): Buffer {
  archive[archive.indexOf('plain')] = 0x50;
  return archive;
}

function noise(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => (index * 7919 + (index >> 3) * 104_729) % 251));
}

function overlapping(count: number) {
  return Array.from({ length: count }, (_, index) => ({ name: `b${index}`, content: noise(3000), over: 0 }));
}
