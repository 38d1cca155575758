import type { Client } from '@temporalio/client';
import { ring, startOnce } from '../platform/temporal/ring.ts';
import type { Logger } from '../platform/logging.ts';
import type { ObjectStorage } from '../platform/storage/object-storage.ts';
import { withTraceparent } from '../platform/telemetry/spans.ts';
import type { PendingDelivery } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import { attemptBell } from '../workflows/bells.ts';
import { regradeStart } from '../workflows/regrade-messages.ts';
import { removeLeftoverUploads, removeOrphanedUploads } from './leftover-uploads.ts';
import { loop, type Loop } from './loop.ts';
import { pruneRecords } from './prune-records.ts';

/** How many deliveries one round takes, and how many of them ring at once. */
const BATCH_SIZE = 200;
const RINGS_AT_ONCE = 20;
/** The pause after a round that found nothing. */
const IDLE_MILLISECONDS = 500;
/** A fact that the server took but no workflow loaded for so long rings again (design, section 7: "some minutes"). */
const UNCONSUMED_SECONDS = 180;
const SWEEP_MILLISECONDS = 30_000;
/** Its workflow looks again each day. */
const REGRADE_STALLED_SECONDS = 26 * 60 * 60;
const DRIFT_MILLISECONDS = 10 * 60_000;
/** Longer than we are ever away; what was decided before is looked at with the next script of the same grader. */
const DRIFT_FIRST_SECONDS = 24 * 60 * 60;
/** What was being committed when we looked. */
const DRIFT_OVERLAP_SECONDS = 60;
const OUTLOOK_MILLISECONDS = 60_000;
const CLEAN_UP_MILLISECONDS = 60 * 60_000;
const ORPHANS_MILLISECONDS = 24 * 60 * 60_000;

/** The relay from PostgreSQL to the workflows, and the sweep. Several may run: each takes what no other holds. */
export function createRelay({ store, client, storage, logger }: { store: Store; client: Client; storage: ObjectStorage; logger: Logger }): Loop {
  const stopping = new AbortController();

  async function deliver(delivery: PendingDelivery): Promise<string | undefined> {
    const { id, attemptId, fact, tries, traceparent } = delivery;
    const result = await withTraceparent(traceparent, () => ring(client, attemptBell(delivery)));
    switch (result) {
      case 'delivered':
        return id;
      case 'closed':
        await store.deliveries.void(id, 'the workflow is closed');
        logger.info({ deliveryId: id, attemptId, fact }, 'delivery void: the workflow is closed');
        return undefined;
      case 'no_such_workflow':
        logger[tries > 5 ? 'error' : 'warn']({ deliveryId: id, attemptId, fact, tries }, 'no workflow for this attempt yet');
        return undefined;
    }
  }

  /** Rings for all that is due; there may be more after a whole batch. */
  async function round(): Promise<boolean> {
    const due = await store.deliveries.take(BATCH_SIZE);
    for (let from = 0; from < due.length; from += RINGS_AT_ONCE) {
      const rung = await Promise.allSettled(due.slice(from, from + RINGS_AT_ONCE).map(deliver));
      await store.deliveries.acknowledge(rung.flatMap((ring) => (ring.status === 'fulfilled' && ring.value !== undefined ? [ring.value] : [])));
      const failed = rung.find((ring) => ring.status === 'rejected');
      if (failed) logger.warn({ err: failed.reason as unknown }, 'Temporal did not take a delivery; it will be tried again');
    }
    return due.length === BATCH_SIZE;
  }

  async function sweep(): Promise<void> {
    const requeued = await store.deliveries.requeueUnconsumed(UNCONSUMED_SECONDS);
    if (requeued > 0) logger.error({ requeued }, 'facts were delivered but not consumed; ringing again');
  }

  async function watchStaffing(): Promise<void> {
    const changed = await store.assignments.watchStaffing();
    if (changed > 0) logger.warn({ assignments: changed }, 'for some assignments nobody is left who could mark, or somebody is again');
  }

  /** Of a regrade that was applied while Temporal was away, or whose workflow somebody ended. */
  async function beginRegrades(): Promise<void> {
    const stalled = await store.regrades.stalled({ afterSeconds: REGRADE_STALLED_SECONDS });
    for (const regradeId of stalled) {
      await startOnce(client, regradeStart(regradeId));
      logger.warn({ regradeId }, 'a regrade that nobody came on with is begun');
    }
  }

  let driftLookedAt: number | undefined;
  async function watchDrift(): Promise<void> {
    const lookedAt = performance.now();
    const sinceSeconds = driftLookedAt === undefined ? DRIFT_FIRST_SECONDS : (lookedAt - driftLookedAt) / 1000 + DRIFT_OVERLAP_SECONDS;
    const graders = await store.graders.watchDrift({ sinceSeconds });
    driftLookedAt = lookedAt;
    if (graders.length > 0) logger.warn({ graders: graders.length }, 'the marks of some graders drift; what they mark first is marked twice');
  }

  async function lookAhead(): Promise<void> {
    await store.outlooks.count();
    const told = await store.outlooks.tellLater();
    if (told > 0) logger.warn({ candidates: told }, 'results are not there by when candidates were told: they are told when they are expected now');
  }

  async function cleanUp(): Promise<void> {
    const uploads = await removeLeftoverUploads({ store, storage });
    const records = (await pruneRecords(store)) + (await store.measures.forgetUndecided());
    while (!stopping.signal.aborted && (await store.measures.tally()));
    if (uploads + records > 0) logger.info({ uploads, records }, 'uploads left over, and records that served their time, are removed');
  }

  async function removeOrphans(): Promise<void> {
    const uploads = await removeOrphanedUploads({ store, storage, logger, now: new Date() });
    if (uploads > 0) logger.warn({ uploads }, 'the storage had uploads that no record knows; they are removed');
  }

  return {
    run: () =>
      loop({
        round,
        chores: [
          { everyMilliseconds: SWEEP_MILLISECONDS, work: sweep },
          { everyMilliseconds: SWEEP_MILLISECONDS, work: watchStaffing },
          { everyMilliseconds: SWEEP_MILLISECONDS, work: beginRegrades },
          { everyMilliseconds: DRIFT_MILLISECONDS, work: watchDrift },
          { everyMilliseconds: OUTLOOK_MILLISECONDS, work: lookAhead },
          { everyMilliseconds: CLEAN_UP_MILLISECONDS, work: cleanUp },
          { everyMilliseconds: ORPHANS_MILLISECONDS, work: removeOrphans },
        ],
        idleMilliseconds: IDLE_MILLISECONDS,
        onFailure: 'the relay will try again',
        logger,
        stopping: stopping.signal,
      }),
    stop: () => stopping.abort(),
  };
}
