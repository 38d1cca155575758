import { createHash } from 'node:crypto';
import { certificateIdIn, TEXTS, type TextRule } from '../../domain/text.ts';
import type { CertificateToImport } from '../../store/imports.ts';

/** The columns of an import (docs/import.md). */
export const IMPORT_COLUMNS = ['number', 'name', 'exam', 'issued_on', 'score'] as const;
export type ImportColumn = (typeof IMPORT_COLUMNS)[number];

/** What stands in the columns of one line. */
export type ImportFields = Readonly<Record<ImportColumn, string>>;

type CheckedLine =
  | { readonly kind: 'certificate'; readonly certificate: Omit<CertificateToImport, 'line'> }
  /** `number` is there when that column at least can be read. */
  | { readonly kind: 'bad'; readonly number: string | undefined; readonly reasons: readonly string[] };

const EXAM_ID_LENGTH_MAX = 64;
/** An earlier day is a slip of the keyboard: nobody certified software architects then. */
const FIRST_DAY = '1970-01-01';
const DAY_MILLISECONDS = 86_400_000;

/** Reads a line, or says all that is wrong with it. `startedAt` is when the import began: certificates of later days are refused. */
export function checkLine(fields: ImportFields, { startedAt }: { startedAt: Date }): CheckedLine {
  const reasons: string[] = [];
  const read = <Value>(column: ImportColumn, reader: (text: string) => Value | Problem): Value | undefined => {
    const value = reader(fields[column].trim());
    if (!(value instanceof Problem)) return value;
    reasons.push(`${column}: ${value.text}`);
    return undefined;
  };
  const number = read('number', numberOf);
  const name = read('name', (text) => textOf(text, TEXTS.name));
  const examTitle = read('exam', (text) => textOf(text, TEXTS.title));
  const issuedAt = read('issued_on', (text) => dayOf(text, startedAt));
  const basisPoints = read('score', basisPointsOf);
  if (number === undefined || name === undefined || examTitle === undefined || issuedAt === undefined || basisPoints === undefined) {
    return { kind: 'bad', number, reasons };
  }
  const numberAsWritten = fields.number.trim();
  const written = numberAsWritten === number ? {} : { numberAsWritten };
  return { kind: 'certificate', certificate: { number, ...written, name, examId: examIdOf(examTitle), examTitle, basisPoints, issuedAt } };
}

/** What is wrong with a column, to be read after its name. */
class Problem {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

function numberOf(text: string): string | Problem {
  const number = textOf(text, TEXTS.certificateNumber);
  // The register is asked for a number or an id in the same place.
  return typeof number === 'string' && certificateIdIn(number) !== undefined
    ? new Problem('must not look like the id of a certificate (a UUID)')
    : number;
}

function textOf(text: string, rule: TextRule): string | Problem {
  if (text === '') return new Problem('is missing');
  const normalised = rule.normalise(text);
  const problem = rule.problem(normalised);
  return problem === undefined ? normalised : new Problem(problem);
}

/** A day, as midnight UTC. Somewhere on earth it is tomorrow already. */
function dayOf(text: string, startedAt: Date): Date | Problem {
  const day = new Date(`${text}T00:00:00.000Z`);
  const exists = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
  if (!exists) return new Problem('must be a day as YYYY-MM-DD');
  if (text < FIRST_DAY) return new Problem(`is before ${FIRST_DAY}`);
  return day.getTime() > startedAt.getTime() + DAY_MILLISECONDS ? new Problem('is in the future') : day;
}

/** "80", "80.5" or "80.05" as hundredths of a percent, digit by digit: no float ever holds a score. */
function basisPointsOf(text: string): number | Problem {
  const match = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(text);
  const [, whole = '', decimals = ''] = match ?? [];
  const basisPoints = Number(whole + decimals.padEnd(2, '0'));
  return match && basisPoints <= 10_000 ? basisPoints : new Problem('must be a percentage from 0 to 100 with at most two decimals, as 87.25');
}

/**
 * The exam that a title stands for: lower-case letters and digits of it, with dashes between, "certified-software-architect".
 * A title that has none of the Latin ones, or too many, is told by its hash.
 */
export function examIdOf(title: string): string {
  const slug = title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const isWhole = slug !== '' && slug.length <= EXAM_ID_LENGTH_MAX && !/[^\p{ASCII}\p{M}\p{P}\p{Z}]/u.test(title.normalize('NFKD'));
  return isWhole ? slug : `exam-${createHash('sha256').update(title).digest('hex').slice(0, 16)}`;
}
