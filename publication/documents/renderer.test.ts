import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explain } from '../../domain/explanation.ts';
import { searchPath } from '../../local/environment.ts';
import { createInspector } from '../../platform/files/inspector.ts';
import { atHand } from '../../test/support/files.ts';
import { CREDENTIAL_ATTACHMENT } from './document-key.ts';
import { FONT_DIRECTORY, FONTS } from './fonts.ts';
import { REPLACEMENT } from './printable.ts';
import { createDocumentRenderer, createTemplateCompiler } from './renderer.ts';
import { certificate, hasPoppler, names, poppler, report, textOf } from '../../test/support/documents.ts';
import { adjudicated } from '../../test/support/explained.ts';

const renderer = createDocumentRenderer();
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('a document is the same bytes', () => {
  const expected = [renderer.certificate(certificate), renderer.feedbackReport(report)].map(sha256);

  test('when rendered again, after others', () => {
    renderer.certificate({ ...certificate, name: names.Arabic });
    expect([renderer.certificate(certificate), renderer.feedbackReport(report)].map(sha256)).toEqual(expected);
  });

  test.each([
    { TZ: 'UTC', LANG: 'C' },
    { TZ: 'Asia/Kolkata', LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' },
    { TZ: 'America/St_Johns', LANG: 'ar_EG.UTF-8', SOURCE_DATE_EPOCH: '1', TYPST_FONT_PATHS: '/usr/share/fonts' },
  ])('when another process renders it, with %o', (environment) => {
    expect(renderInAnotherProcess(environment)).toEqual(expected);
  });

  test.skipIf(process.platform !== 'linux')('on a machine that has a font of the same name (Linux alone: where fonts are differs)', () => {
    const home = mkdtempSync(join(tmpdir(), 'certifiable-fonts-'));
    try {
      const directory = join(home, '.local', 'share', 'fonts');
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, '0.ttf'), impostor());

      // Typst does see it where no font of ours is at hand.
      expect(runInAnotherProcess(SET_IN_EB_GARAMOND, { HOME: home })).toEqual(['set']);
      expect(renderInAnotherProcess({ HOME: home })).toEqual(expected);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});

test('a certificate carries its signed credential, byte for byte, and one that was never signed carries nothing', async () => {
  const { credential = '', ...unsigned } = certificate;
  const inspector = createInspector({ atOnce: 1, waitingMax: 1, milliseconds: 20_000, heapMebibytes: 64, memoryMebibytes: 256 });
  const { attachment: attached } = await inspector.attachmentOf(atHand(renderer.certificate(certificate)), CREDENTIAL_ATTACHMENT);
  expect(Buffer.from(attached ?? []).toString()).toBe(credential);
  expect(await inspector.attachmentOf(atHand(renderer.certificate(unsigned)), CREDENTIAL_ATTACHMENT)).toEqual({ attachment: undefined });
});

test('a document changes with its date and with its text', () => {
  const bytes = renderer.certificate(certificate);
  expect(renderer.certificate({ ...certificate, issuedAt: new Date('2026-11-22T10:20:31Z') })).not.toEqual(bytes);
  expect(renderer.certificate({ ...certificate, basisPoints: 8750 })).not.toEqual(bytes);
});

describe.skipIf(!hasPoppler)('what a reader finds (skipped without poppler-utils)', () => {
  test('on a certificate', () => {
    // By its tags: plain extraction takes spaced capitals for words of one letter.
    const text = poppler('pdfinfo', ['-struct-text', '-'], renderer.certificate(certificate));
    for (const part of [
      'Certifiable, Inc.',
      'Certificate',
      certificate.name,
      certificate.examTitle,
      '87.49\u{A0}%',
      '22 November 2026',
      certificate.certificateId,
    ])
      expect(text).toContain(part);
    // Over two lines, and so in two pieces.
    expect(text.replaceAll(/"\s+Object \d+ \d+\s+"/g, '')).toContain('certifiable.example/register/36c5db12-943a-4a55-a16b-2ef85df6e822');
    expect(text).not.toContain('Replaces');
  });

  test('on a corrected certificate: which one it replaces', () => {
    expect(textOf(renderer.certificate({ ...certificate, replaces: 'a1B2-c3D4' }))).toMatch(/Replaces\s+a1B2-c3D4/);
  });

  test('in a feedback report: every entry with its points and remarks, in order', () => {
    const text = textOf(renderer.feedbackReport(report)).replaceAll(/\s+/g, ' ');
    for (const part of ['Not passed', '78.75 %', '78.75 of 100', '80.00 %', 'architecture.pdf', report.candidateName, report.attemptId])
      expect(text).toContain(part);
    const places = report.entries.map(({ title }) => text.indexOf(title));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const { title, points, pointsMax, remarks } of report.entries) {
      expect(text).toContain(title);
      expect(text).toContain(`${points === 21.255 ? 21.25 : points} of ${pointsMax} points`);
      for (const remark of remarks) expect(text).toContain(remark.replaceAll('\n', ' '));
    }
  });

  test('in a feedback report: the own answer as it was typed, then the remarks of each grader apart', () => {
    const answer = '#read("/etc/passwd") *mine* $x$\nשלום עולם';
    const graderRemarks = [
      { grader: 'A', remark: '**Missing:** the owner' },
      { grader: 'B', remark: '- `one`' },
    ];
    const entry = { itemId: 't1', title: 'Ports', points: 4.625, pointsMax: 7, answer, remarks: [], graderRemarks };
    const text = textOf(renderer.feedbackReport({ ...report, entries: [entry] })).replaceAll(/\s+/g, ' ');
    expect(text).toMatch(/4\.62 of 7 points/);
    expect(text).toContain('Your answer #read("/etc/passwd") *mine* $x$');
    expect(text).toMatch(/Grader A Missing: the owner Grader B • one/);
  });

  test('in an explanation: what it says, to the last step', () => {
    const explanation = explain(adjudicated());
    const text = textOf(renderer.explanation({ explanation, candidateName: 'Ada Example', examTitle: 'A small exam', audience: 'candidate' }));
    const line = text.replaceAll(/\s+/g, ' ');
    for (const part of [
      'Why this score',
      'Ada Example',
      'Your answer because',
      'Grader C, who settled it 5 of 5 because',
      '5000 + 5000 + 5000 + 3000 = 18000 of 20000',
    ])
      expect(line).toContain(part);
    expect(line).not.toMatch(/grader-\d|So and so/);
  });

  test('in an explanation: a mark that has no reason', () => {
    const records = adjudicated();
    const explanation = explain({ ...records, marks: records.marks.map((mark) => ({ ...mark, reason: '' })) });
    const text = textOf(renderer.explanation({ explanation, candidateName: 'Ada Example', examTitle: 'A small exam', audience: 'staff' }));
    expect(text.replaceAll(/\s+/g, ' ')).toContain('grader-2, 2026-11-29T00:00:00.000Z 4.5 of 5');
  });

  test('in a feedback report: nothing but what it was given to show', () => {
    const [entry] = report.entries;
    const entries = [
      {
        ...entry,
        title: 'Ports',
        points: 0,
        pointsMax: 2,
        answer: null,
        remarks: ['Not right.'],
        correct: ['SECRET-KEY'],
        modelAnswer: 'SECRET-KEY',
        itemId: 'SECRET-ID',
      },
    ];
    expect(textOf(renderer.feedbackReport({ ...report, entries }))).not.toContain('SECRET');
  });

  test('in the properties: title, language, date and tags', () => {
    const pdf = renderer.certificate(certificate);
    const properties = poppler('pdfinfo', ['-'], pdf);
    expect(properties).toMatch(/^Title: +Certificate: Certified Software Architect, Zoë Ángela O’Brien-Łukasiewicz$/m);
    expect(properties).toMatch(/^Tagged: +yes$/m);
    expect(properties).toMatch(/^Pages: +1$/m);
    expect(inflated(pdf)).toContain('/Lang(en)');
    expect(inflated(pdf)).toContain('/CreationDate(D:20261122102030Z)');
  });

  test('for the QR code: a text with the address', () => {
    const alternative = `QR code with the address of this certificate’s page: ${certificate.pageUrl}`;
    const utf16 = Array.from(alternative, (character) => character.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()).join('');
    expect(inflated(renderer.certificate(certificate))).toContain(`/Alt<FEFF${utf16}>`);
  });

  test.each(Object.entries(names))('a name in %s, whole and in fonts of ours', (_script, name) => {
    const pdf = renderer.certificate({ ...certificate, name });
    const text = textOf(pdf);
    // Extraction reorders right-to-left text and repeats parts of ligatures: so every character is looked for, not the string.
    const found = new Set(text.normalize('NFD'));
    expect(Array.from(name.normalize('NFD')).filter((character) => !INVISIBLE.test(character) && !found.has(character))).toEqual([]);
    expect(text).not.toContain(REPLACEMENT);
    expect(fontsIn(pdf).filter((font) => !OUR_FONTS.has(font))).toEqual([]);
  });

  test('a name with a character that no font has: the sign for it, and the rest', () => {
    expect(textOf(renderer.certificate({ ...certificate, name: 'Gilgamesh 𒄑 of Uruk' }))).toContain(`Gilgamesh ${REPLACEMENT} of Uruk`);
  });

  test.each(['#read("/etc/passwd")', '*a* _b_ $x$ `c` = d <e> @f', '#{1+1} #sys.inputs " \\" \\u{41} // /* ]) }', `{{ name }} "}] O'Neil`])(
    'the name %s, as it is: data is never code',
    (name) => {
      expect(textOf(renderer.certificate({ ...certificate, name }))).toContain(name);
      expect(textOf(renderer.feedbackReport({ ...report, candidateName: name }))).toContain(name);
    },
  );

  test('a name of 240 letters, on the page', () => {
    const text = textOf(renderer.certificate({ ...certificate, name: 'W'.repeat(240) }));
    expect(text.match(/W/g)).toHaveLength(240);
  });
});

test('no text makes a render fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }), (first, second) => {
      renderer.certificate({ ...certificate, name: first, examTitle: second });
      renderer.feedbackReport({
        ...report,
        candidateName: second,
        entries: [{ itemId: 'x', title: first, points: 0, pointsMax: 1, answer: second, remarks: [second, first] }],
      });
    }),
    { numRuns: 100 },
  );
});

test('a report of many long entries runs over pages', () => {
  const entries = Array.from({ length: 40 }, (_, index) => ({
    itemId: `q${index}`,
    title: 'A consumer receives a message twice. '.repeat(5),
    points: 0.5,
    pointsMax: 2,
    answer: index === 3 ? 'word '.repeat(4000) : null,
    remarks: ['Partly right.', 'Study idempotent receivers. '.repeat(index === 7 ? 400 : 10)],
  }));
  const pdf = renderer.feedbackReport({ ...report, test: 'aptitude', entries });
  expect(Number(/\/Type\/Pages.*?\/Count (\d+)/s.exec(inflated(pdf))?.[1])).toBeGreaterThan(8);
});

test('an error says which template failed and why, and quotes nothing of the document', () => {
  const unset = () => renderer.certificate({ ...certificate, pageUrl: '' });
  expect(unset).toThrow('certificate.typ could not be set: 0: URL must not be empty');
  expect(unset).not.toThrow(certificate.name);
});

test('a template reads nothing outside its directory', () => {
  const compiler = createTemplateCompiler();
  const read = (path: string) => () => compiler.pdf({ mainFileContent: `#let text = read("${path}")\n#text.len()` });

  expect(read('common.typ')).not.toThrow();
  for (const path of ['/etc/hostname', '../renderer.ts', '/../renderer.ts', '../fonts/README.md']) expect(read(path)).toThrow();
});

test('memory does not grow over 1,000 renders', async () => {
  const render = async (from: number, to: number) => {
    for (let index = from; index < to; index++) {
      renderer.certificate({ ...certificate, name: `Ada ${index}`, certificateId: String(index) });
      // Native objects are given back between turns of the event loop, as between the tasks of a worker.
      await setImmediate();
    }
    return process.memoryUsage.rss();
  };
  const warm = await render(0, 300);
  const after = await render(300, 1300);

  // One render that leaked its document would add over 100 MB (a megabyte and more each).
  expect((after - warm) / 1e6).toBeLessThan(60);
});

const INVISIBLE = /[\s\p{Cf}\u{FE0F}]/u;

const OUR_FONTS = new Set(
  [...FONTS.map(({ file }) => file), 'EBGaramond-Italic.ttf'].map((file) => file.replace(/\.[ot]tf$/, '').replaceAll('-', '')),
);

/** "ABCDEF+NotoSerif-Regular-Identity-H" is NotoSerif-Regular. */
function fontsIn(pdf: Uint8Array): readonly string[] {
  const [, , ...rows] = poppler('pdffonts', ['-'], pdf).trim().split('\n');
  return rows.map((row) => /^[A-Z]{6}\+(\S+?)(-Identity-H)?\s/.exec(row)?.[1]?.replaceAll('-', '') ?? row);
}

/** A PDF with its compressed streams opened. */
function inflated(pdf: Uint8Array): string {
  const raw = Buffer.from(pdf).toString('latin1');
  const streams = Array.from(raw.matchAll(/\/FlateDecode[^>]*>>\s*stream\r?\n/g), ({ index, 0: head }) => {
    const start = index + head.length;
    return inflateSync(Buffer.from(raw.slice(start, raw.indexOf('endstream', start)), 'latin1')).toString('latin1');
  });
  return [raw, ...streams].join('\n').replaceAll(/ (?=[/(<])/g, '');
}

const RENDER_SAMPLES = `
  import { createHash } from 'node:crypto';
  import { createDocumentRenderer } from ${JSON.stringify(new URL('renderer.ts', import.meta.url).href)};
  import { certificate, report } from ${JSON.stringify(new URL('../../test/support/documents.ts', import.meta.url).href)};
  const renderer = createDocumentRenderer();
  for (const bytes of [renderer.certificate(certificate), renderer.feedbackReport(report)])
    console.log(createHash('sha256').update(bytes).digest('hex'));`;

const SET_IN_EB_GARAMOND = `
  import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler';
  const source = '#set document(title: "t")\\n#set text(font: "EB Garamond", fallback: false)\\nText';
  NodeCompiler.create().pdf({ mainFileContent: source }, { pdfStandard: 'ua-1' });
  console.log('set');`;

const renderInAnotherProcess = (environment: Record<string, string>) => runInAnotherProcess(RENDER_SAMPLES, environment);

function runInAnotherProcess(script: string, environment: Record<string, string>): string[] {
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env: { PATH: searchPath().join(delimiter), ...environment },
  });
  return output.trim().split('\n');
}

/** EB Garamond SemiBold that says it is the regular weight: what a machine's own font of the name could be. */
function impostor(): Buffer {
  const font = readFileSync(`${FONT_DIRECTORY}EBGaramond-SemiBold.ttf`);
  const record = font.indexOf('OS/2', 12, 'latin1');
  font.writeUInt16BE(400, font.readUInt32BE(record + 8) + 4);
  return font;
}
