import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RegisterEntry } from '../../../domain/register.ts';
import type { RegisterKey } from '../../../publication/register/read-model.ts';
import { createLookUp } from './look-up.ts';

const entry: RegisterEntry = {
  certificateId: randomUUID(),
  number: 'A/17',
  name: "Seán O'Brien-Núñez",
  examTitle: 'Software Architect',
  issuedAt: new Date('2026-03-01T12:00:00Z'),
  basisPoints: 8725,
  status: 'valid',
  revision: 1,
  replacedBy: null,
};

/** A read model in memory that writes down what it is asked; the real ones have tests of their own. */
function lookUp() {
  const asked: RegisterKey[] = [];
  let current = entry;
  let time = 0;
  const find = async (key: RegisterKey) => {
    asked.push(key);
    return ('number' in key ? key.number === current.number : key.certificateId === current.certificateId) ? current : undefined;
  };
  return {
    ...createLookUp({ register: { find }, now: () => time }),
    asked,
    revoke: () => (current = { ...entry, status: 'revoked', revision: 2 }),
    pass: (milliseconds: number) => (time += milliseconds),
  };
}

describe('a search', () => {
  it.each([
    entry.certificateId,
    ` ${entry.certificateId.toUpperCase()}\n`,
    `https://certifiable.example/register/${entry.certificateId}`,
    'A/17',
    ' A/17 ',
  ])('finds by %j with the name, however it is typed', async (certificate) => {
    const { search } = lookUp();
    for (const name of [entry.name, 'SEAN O’BRIEN–NUNEZ', ' sean   o`brien-nunez ']) expect(await search({ certificate, name })).toEqual(entry);
  });

  it('finds nothing for another name, or none, by id and by number alike', async () => {
    const { search } = lookUp();
    for (const certificate of [entry.certificateId, 'A/17'])
      for (const name of ['Ada Lovelace', 'Seán', '', '  ', 'Nobody of This Name']) expect(await search({ certificate, name })).toBeUndefined();
  });

  it('asks the register the same whether the name is right or wrong, and never with a name', async () => {
    const right = lookUp();
    const wrong = lookUp();
    await right.search({ certificate: 'A/17', name: entry.name });
    await wrong.search({ certificate: 'A/17', name: 'Ada' });
    expect(wrong.asked).toEqual(right.asked);
    expect(right.asked).toEqual([{ number: 'A/17' }, { number: 'a/17' }]);
  });

  it('asks nothing for what can be no number', async () => {
    const { search, asked } = lookUp();
    for (const certificate of ['9'.repeat(101), '\u0000', '\ud800', '\u200b '])
      expect(await search({ certificate, name: entry.name })).toBeUndefined();
    expect(asked).toEqual([]);
  });
});

describe('an answer', () => {
  it('is at most 10 seconds old, so that a revocation is seen', async () => {
    const { find, search, asked, revoke, pass } = lookUp();
    expect((await find(entry.certificateId))?.status).toBe('valid');
    revoke();
    pass(9999);
    expect((await find(entry.certificateId))?.status).toBe('valid');
    expect(asked).toHaveLength(1);
    pass(1);
    expect((await find(entry.certificateId.toUpperCase()))?.status).toBe('revoked');
    expect((await search({ certificate: entry.certificateId, name: entry.name }))?.status).toBe('revoked');
  });

  it('that there is none is remembered too', async () => {
    const { find, asked } = lookUp();
    const absent = randomUUID();
    expect([await find(absent), await find(absent)]).toEqual([undefined, undefined]);
    expect(asked).toHaveLength(1);
  });
});
