import type { SignedHead } from '../../../store/ledger/rows.ts';
import { STAFF_READERS } from '../../actor.ts';
import { route, type Route } from '../../route.ts';
import { attemptParams, iso } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import * as schemas from './schemas.ts';

const HEADS_MAX = 200;

/** The ledger (docs/ledger.md): its heads for everybody to keep, and the proofs of an attempt's entries. */
export function ledgerRoutes({ store: { ledger } }: Services): readonly Route[] {
  return [
    route({
      operationId: 'listLedgerHeads',
      method: 'get',
      path: '/v1/ledger/heads',
      tag: 'Register',
      summary: 'The newest signed heads of the ledger of all records',
      description: `Whoever keeps them can tell later that no record of before was changed. At most ${HEADS_MAX}, newest first.`,
      roles: [],
      answers: { 200: { description: 'None before the first one is signed', body: schemas.heads } },
    }).handledBy(async () => ({ status: 200, body: { heads: (await ledger.heads(HEADS_MAX)).map(viewOf) } })),
    route({
      operationId: 'proveLedgerConsistency',
      method: 'get',
      path: '/v1/ledger/heads/:size/consistency/:earlier',
      tag: 'Register',
      summary: 'The proof that the ledger of one head begins with that of an earlier one',
      roles: [],
      params: schemas.consistencyParams,
      answers: { 200: { description: 'The proof', body: schemas.consistency } },
      refusals: ['not_found'],
    }).handledBy(async ({ params: { earlier, size } }) => {
      return { status: 200, body: { proof: [...(await ledger.consistency({ earlier, size }))] } };
    }),
    route({
      operationId: 'getOwnLedgerProofs',
      method: 'get',
      path: '/v1/attempts/:attemptId/ledger',
      tag: 'Results',
      summary: 'The entries that your attempt, what you handed in and what was decided have in the ledger, with their proofs',
      description: 'Keep the answer: with it anybody can tell later, without us, whether your records are still what they were.',
      roles: ['candidate'],
      params: attemptParams,
      answers: { 200: { description: 'Oldest first', body: schemas.ownProofs } },
      refusals: ['not_found'],
    }).handledBy(async ({ actor: { subject }, params: { attemptId } }) => {
      const { head, entries, waiting } = await ledger.proofs({ attemptId, subject });
      const own = entries.map(({ who: _who, path, ...entry }) => ({ ...entry, path: path && [...path] }));
      return { status: 200, body: { head: head ? viewOf(head) : null, entries: own, waiting } };
    }),
    route({
      operationId: 'getLedgerTrail',
      method: 'get',
      path: '/v1/staff/attempts/:attemptId/ledger',
      tag: 'Staff',
      summary: 'The trail of an attempt in the ledger: every entry with whom it names, and its proof',
      roles: STAFF_READERS,
      params: attemptParams,
      answers: { 200: { description: 'Oldest first', body: schemas.proofs } },
      refusals: ['not_found'],
    }).handledBy(async ({ params: { attemptId } }) => {
      const { head, entries, waiting } = await ledger.proofs({ attemptId });
      const all = entries.map(({ opening: _opening, path, ...entry }) => ({ ...entry, path: path && [...path] }));
      return { status: 200, body: { head: head ? viewOf(head) : null, entries: all, waiting } };
    }),
  ];
}

function viewOf({ size, signedAt, jws, stamp }: SignedHead) {
  return { size, signedAt: iso(signedAt), jws, stamp: stamp && { at: iso(stamp.stampedAt), token: Buffer.from(stamp.token).toString('base64') } };
}
