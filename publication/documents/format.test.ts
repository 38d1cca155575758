import { expect, test } from 'vitest';
import { dateText, percentText } from './format.ts';

test.each([
  [0, '0.00\u{A0}%'],
  [5, '0.05\u{A0}%'],
  [7999, '79.99\u{A0}%'],
  [8000, '80.00\u{A0}%'],
  [8749, '87.49\u{A0}%'],
  [10_000, '100.00\u{A0}%'],
])('%i basis points read %s', (basisPoints, text) => {
  expect(percentText(basisPoints)).toBe(text);
});

test('dates are those of UTC', () => {
  expect(dateText(new Date('2026-01-31T23:59:59Z'))).toBe('31 January 2026');
  expect(dateText(new Date('2026-12-01T00:00:00Z'))).toBe('1 December 2026');
});
