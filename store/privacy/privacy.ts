import { bindTo, type StoreContext } from '../context.ts';
import {
  askForErasure,
  declineErasure,
  listErasures,
  orderErasure,
  obstaclesTo,
  previewErasure,
  readLastErasure,
  readOwnErasure,
  withdrawErasure,
} from './erasures.ts';
import { exportOwn } from './export.ts';
import { readPeriods, setPeriod } from './periods.ts';
import { orderOver, readRuns } from './retention.ts';
import { signForList } from './listed.ts';
import { placeHold, readHolds, releaseHold } from './holds.ts';
import { eraseRecords, finishErasure, listDueErasures, readTraces } from './traces.ts';

/** What is personal in the records: asked for, kept on hold, and erased (docs/decisions/0027). */
export function createPrivacyStore(context: StoreContext) {
  const bind = bindTo(context);
  return {
    ask: bind(askForErasure),
    withdraw: bind(withdrawErasure),
    own: bind(readOwnErasure),
    ofCandidate: bind(readLastErasure),
    list: bind(listErasures),
    order: bind(orderErasure),
    preview: bind(previewErasure),
    decline: bind(declineErasure),
    obstacles: (candidateId: string) => obstaclesTo(context.prisma, candidateId),
    exportOwn: bind(exportOwn),
    placeHold: bind(placeHold),
    releaseHold: bind(releaseHold),
    holds: bind(readHolds),
    periods: bind(readPeriods),
    setPeriod: bind(setPeriod),
    orderOver: bind(orderOver),
    runs: bind(readRuns),
    due: bind(listDueErasures),
    traces: bind(readTraces),
    signForList: bind(signForList),
    erase: bind(eraseRecords),
    finish: bind(finishErasure),
  };
}
