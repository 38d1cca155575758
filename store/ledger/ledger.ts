import { bindTo, type StoreContext } from '../context.ts';
import { enterPending, readBacklog, signHead } from './keeper.ts';
import { keepStamp, newestUnstamped, unstampedSeconds } from './stamps.ts';
import { proveConsistency, readHeads, readProofs } from './proofs.ts';

/** The ledger of all records that count (docs/decisions/0025). Their triggers write its entries; here they get their place, and are read. */
export function createLedgerStore(context: StoreContext) {
  const bind = bindTo(context);
  return {
    enterPending: bind(enterPending),
    signHead: bind(signHead),
    newestUnstamped: bind(newestUnstamped),
    keepStamp: bind(keepStamp),
    unstampedSeconds: bind(unstampedSeconds),
    backlog: bind(readBacklog),
    heads: bind(readHeads),
    consistency: bind(proveConsistency),
    proofs: bind(readProofs),
  };
}
