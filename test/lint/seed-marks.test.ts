import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/** Whoever reads what graders gave for seeds, or may leave it out: how graders mark, the ledger, the table of what is personal, and the check of all records. */
const MAY_NAME = [
  'store/graders/drift.ts',
  'store/ledger/forms.ts',
  'store/privacy/personal-data.ts',
  'store/records-check.ts',
  'store/seeds/pairs.ts',
  'store/seeds/seed-marks.ts',
];

const filesOf = (...under: readonly string[]) =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...under], { cwd: repository, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !file.includes('.test.') && !file.startsWith('test/'));

const naming = (pattern: RegExp, files: readonly string[]) => files.filter((file) => pattern.test(readFileSync(`${repository}/${file}`, 'utf8')));

describe('what is given for a seed', () => {
  it('is read by nothing that makes a decision, a feedback, an assessment, a model or a plan', () => {
    expect(
      naming(/\bseed_mark\b|\bseedMark\b/, filesOf('store', 'activities', 'workflows', 'api', 'cli', 'workers', 'publication', 'trials')),
    ).toEqual(MAY_NAME);
  });
});
