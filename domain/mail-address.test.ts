import { expect, it } from 'vitest';
import { foldedAddress } from './mail-address.ts';

it.each([
  ['case, in any script', 'Ada.Müller@Example.ORG', 'ADA.MÜLLER@example.org'],
  ['how accents are written', 'jose\u0301@example.org', 'josé@example.org'],
  ['blanks around it', ' ada@example.org ', 'ada@example.org'],
  ['a Σ that ends a word', 'ΝΙΚΟΣ@example.org', 'νικοσ@example.org'],
  ['a dot on a capital', 'İ@example.org', 'i@example.org'],
])('two addresses are one whatever %s', (_what, one, other) => {
  expect(foldedAddress(one)).toBe(foldedAddress(other));
});

it.each([
  ['accents', 'jose@example.org', 'josé@example.org'],
  ['dots before the @', 'a.da@example.org', 'ada@example.org'],
  ['what is behind a plus', 'ada+exams@example.org', 'ada@example.org'],
  ['letters that only look alike', 'strauß@example.org', 'strauss@example.org'],
])('two addresses are two for %s', (_what, one, other) => {
  expect(foldedAddress(one)).not.toBe(foldedAddress(other));
});
