import { expect, it } from 'vitest';
import { leafOf } from '../../domain/ledger.ts';
import { entriesOf } from './trail.ts';

const leaf = (over: object) =>
  leafOf({
    at: '2026-11-30T08:00:00.000Z',
    byRole: 'certifiable_api',
    act: 'made',
    kind: 'mark',
    record: 'm1',
    attemptId: 'a1',
    who: '00',
    content: '01',
    position: 7,
    shard: 0,
    shardIndex: 3,
    previous: '02',
    ...over,
  });

it('a trail says what its leaves say, and which of them a signed head counts', () => {
  const entries = [
    { position: 7, leaf: leaf({}), who: 'mira', path: ['aa'] },
    { position: 9, leaf: leaf({ act: 'erased', position: 9 }), who: null, path: null },
  ];
  expect(entriesOf({ entries })).toEqual([
    { position: 7, at: '2026-11-30T08:00:00.000Z', act: 'made', kind: 'mark', record: 'm1', who: 'mira', byRole: 'certifiable_api', isCounted: true },
    {
      position: 9,
      at: '2026-11-30T08:00:00.000Z',
      act: 'erased',
      kind: 'mark',
      record: 'm1',
      who: null,
      byRole: 'certifiable_api',
      isCounted: false,
    },
  ]);
});
