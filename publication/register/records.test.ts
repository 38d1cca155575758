import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RegisterEntry } from '../../domain/register.ts';
import { fromStored, newestOfEach, recordKey, toStored, writableKey } from './records.ts';

const entry: RegisterEntry = {
  certificateId: '01890a5d-ac96-774b-bcce-b302099a8057',
  number: 'CERT/2019/17',
  name: 'Ada Lovelace',
  examTitle: 'Software Architecture',
  issuedAt: new Date('2026-03-01T12:34:56.789Z'),
  basisPoints: 8725,
  status: 'valid',
  revision: 3,
  replacedBy: null,
};

describe('the key of a record', () => {
  it('can be read by people where the id or number is plain', () => {
    expect(recordKey(entry)).toBe('certificate-01890a5d-ac96-774b-bcce-b302099a8057');
    expect(recordKey({ number: 'CERT/2019/17' })).toBe('number-CERT=2F2019=2F17');
  });

  it('has no character that a store refuses, and is another for another id or number', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(recordKey({ number: one })).toMatch(/^number-[\w\-.!~*'()=]*$/);
        expect(recordKey({ number: one }) === recordKey({ number: other })).toBe(one === other);
        expect(recordKey({ certificateId: one })).not.toBe(recordKey({ number: one }));
      }),
    );
  });

  it('is none where it would be too long: nothing is found, and nothing is written', () => {
    const number = '😀'.repeat(100);
    expect(recordKey({ number })).toBeUndefined();
    expect(() => writableKey({ number })).toThrow(RangeError);
  });
});

describe('an entry written down', () => {
  it('is read as it was, to the millisecond', () => {
    expect(fromStored(JSON.parse(JSON.stringify(toStored(entry))))).toEqual(entry);
  });

  it('is refused when it is none, rather than shown', () => {
    expect(() => fromStored({ ...toStored(entry), status: 'perhaps' })).toThrow();
    expect(() => fromStored({ name: 'Ada' })).toThrow();
  });
});

it('of many entries the newest of each certificate is kept', () => {
  const other = { ...entry, certificateId: 'other', revision: 1 };
  const older = { ...entry, revision: 2 };
  expect(newestOfEach([older, entry, other, older])).toEqual([entry, other]);
});
