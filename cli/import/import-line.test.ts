import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBasisPoints } from '../../domain/score.ts';
import { BAD_LINES } from '../../test/support/texts.ts';
import { checkLine, examIdOf, type ImportFields } from './import-line.ts';

const startedAt = new Date('2026-11-22T21:00:00.000Z');
const good: ImportFields = { number: 'C-1', name: "Seán O'Brien", exam: 'Certified Software Architect', issued_on: '2019-03-31', score: '87.25' };

function check(change: Partial<ImportFields>) {
  return checkLine({ ...good, ...change }, { startedAt });
}

function reasonsOf(change: Partial<ImportFields>): readonly string[] {
  const checked = check(change);
  return checked.kind === 'bad' ? checked.reasons : [];
}

describe('a line of an import', () => {
  it('is read as it stands, without the blanks around', () => {
    expect(check({ name: "  Seán O'Brien\u00a0" })).toEqual({
      kind: 'certificate',
      certificate: {
        number: 'C-1',
        name: "Seán O'Brien",
        examId: 'certified-software-architect',
        examTitle: 'Certified Software Architect',
        basisPoints: 8725,
        issuedAt: new Date('2019-03-31T00:00:00.000Z'),
      },
    });
  });

  it('has an exact score, however it is written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (basisPoints) => {
        const text = formatBasisPoints(basisPoints);
        for (const written of [text, text.replace(/0$/, ''), text.replace(/\.00$/, '')]) {
          expect(check({ score: written })).toMatchObject({ certificate: { basisPoints } });
        }
      }),
    );
  });

  it.each(['', '100.01', '101', '1000', '80.', '.5', '80.125', '80,5', '-1', '+80', '8e1', '0x50', '80 %', '٨٠'])(
    'is refused with the score "%s"',
    (score) => {
      expect(reasonsOf({ score })).toEqual([expect.stringMatching(/^score: must be a percentage/)]);
    },
  );

  it.each([
    '',
    '2019-02-29',
    '2019-13-01',
    '2019-00-10',
    '31.03.2019',
    '2019-3-31',
    '2019-03-31T00:00:00Z',
    '1969-12-31',
    '2026-11-24',
    '12019-03-31',
  ])('is refused with the day "%s"', (issuedOn) => {
    expect(reasonsOf({ issued_on: issuedOn })).toEqual([expect.stringMatching(/^issued_on: /)]);
  });

  it('is taken with a day that is tomorrow here and today elsewhere', () => {
    expect(check({ issued_on: '2026-11-22' }).kind).toBe('certificate');
    expect(check({ issued_on: '2020-02-29' }).kind).toBe('certificate');
  });

  it('is told all that is wrong with it, and nothing that stands in it', () => {
    const reasons = reasonsOf({ number: ' ', name: '12345', exam: 'A\tB', issued_on: 'soon', score: 'much' });
    expect(reasons.map((reason) => reason.split(':')[0])).toEqual(['number', 'name', 'exam', 'issued_on', 'score']);
    expect(reasons.join()).not.toMatch(/12345|soon|much/);
  });
});

describe('the exam of a title', () => {
  it.each([
    ['Certified Software Architect', 'certified-software-architect'],
    ['  Architecte logiciel (niveau 2) – Spécialiste', 'architecte-logiciel-niveau-2-specialiste'],
  ])('%s is %s', (title, examId) => {
    expect(examIdOf(title)).toBe(examId);
  });

  it('never is the one of another title in a script without Latin letters, or a long one', () => {
    const titles = [
      'Архитектор',
      'Архитекторы',
      'ソフトウェア',
      'ソフトウェア 2',
      'Architect アーキテクト',
      'Architect',
      `${'long '.repeat(20)}a`,
      `${'long '.repeat(20)}b`,
      '—',
    ];
    const examIds = titles.map(examIdOf);
    expect(new Set(examIds).size).toBe(titles.length);
    for (const examId of examIds) expect(examId).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });
});

describe('the texts of a line', () => {
  const doors = ['number', 'name', 'exam'] as const;
  /** Of a number nothing invisible is a part, and a blank cell is missing. */
  const bad = Object.entries(BAD_LINES);

  it.each(doors.flatMap((door) => bad.map(([what, text]) => [door, what, text] as const)))('are refused as %s: %s', (door, _, text) => {
    expect(reasonsOf({ [door]: text })).toEqual([expect.stringMatching(`^${door}: `)]);
  });

  it.each(['C-16', '\u200eC-16', 'C-16\u200b', 'C\u00ad-16', 'C\u201116', 'C–16', '\ufeffC-16'])(
    'make one number of what looks like one: %j',
    (number) => {
      expect(check({ number })).toMatchObject({ certificate: { number: 'C-16' } });
    },
  );

  it('are kept in NFC, and with them the exam that a title stands for', () => {
    const [composed, decomposed] = (['NFC', 'NFD'] as const).map((form) =>
      check({ number: 'NÉ-23'.normalize(form), name: 'José Test'.normalize(form), exam: 'Архитектор й'.normalize(form) }),
    );
    expect(composed).toMatchObject({ certificate: { number: 'NÉ-23', name: 'José Test' } });
    expect(decomposed).toMatchObject({ certificate: { ...(composed?.kind === 'certificate' ? composed.certificate : {}) } });
  });

  it('are refused as a number that reads as the id of a certificate', () => {
    for (const number of [
      '0d5b7f3c-2f5e-4f0a-9d51-3f0d8f2c6b11',
      '0d5b7f3c\u20112f5e\u20114f0a\u20119d51\u20113f0d8f2c6b11',
      '0D5B7F3C2F5E4F0A9D513F0D8F2C6B11',
    ])
      expect(reasonsOf({ number })).toEqual([expect.stringContaining('must not look like the id')]);
  });
});
