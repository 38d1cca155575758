import { expect, test } from 'vitest';
import { countStatements, isBracket, statementsOf } from './pipeline-statements.ts';

const log = [
  '2026-11-22 10:00:00.123 UTC [42] LOG:  statement: BEGIN',
  '2026-11-22 10:00:00.124 UTC [42] LOG:  execute <unnamed>: ',
  '\t      UPDATE delivery',
  '\t      SET tries = $1',
  "2026-11-22 10:00:00.124 UTC [42] DETAIL:  Parameters: $1 = '2'",
  '2026-11-22 10:00:00.125 UTC [43] LOG:  execute s1: INSERT INTO mark VALUES ($1,$2),($3,$4)',
  '2026-11-22 10:00:00.126 UTC [43] LOG:  execute s2: INSERT INTO mark VALUES ($1,$2),($3,$4),($5,$6)',
  '2026-11-22 10:00:00.127 UTC [44] LOG:  checkpoint starting: time',
  '2026-11-22 10:00:00.128 UTC [42] LOG:  statement: COMMIT',
  '',
].join('\n');

test('every statement counts once, whole and on one line, and nothing else in the log counts', () => {
  expect(statementsOf(log)).toEqual([
    'BEGIN',
    'UPDATE delivery SET tries = $1',
    'INSERT INTO mark VALUES ($1,$2),($3,$4)',
    'INSERT INTO mark VALUES ($1,$2),($3,$4),($5,$6)',
    'COMMIT',
  ]);
});

test('statements that differ in the length of a list alone are one', () => {
  const counted = countStatements(statementsOf(log).filter((statement) => !isBracket(statement)));
  expect(counted).toEqual([
    { statement: 'INSERT INTO mark VALUES ($, …), …', count: 2 },
    { statement: 'UPDATE delivery SET tries = $', count: 1 },
  ]);
});
