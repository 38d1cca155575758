import { Refusal, type RefusalCode } from '../../../domain/refusal.ts';
import type { Rejection } from '../../../domain/upload.ts';
import { ScannerUnavailable, type Scanner } from '../../../platform/files/clamd.ts';
import { InspectorBusy, type Inspector } from '../../../platform/files/inspector.ts';
import type { Logger } from '../../../platform/logging.ts';
import { StorageUnavailable, type ObjectStorage } from '../../../platform/storage/object-storage.ts';
import type { Doorbell } from '../../../platform/temporal/doorbell.ts';
import type { Committed } from '../../../store/deliveries.ts';
import type { Store } from '../../../store/store.ts';
import type { UploadRecord } from '../../../store/uploads.ts';
import { MEDIA_TYPES } from './schemas.ts';

const CHANGED = 'The file that arrived is not the one that was announced: its SHA-256 differs. Upload it again.';
const BEFORE_STAYS = 'What you uploaded before stays.';

/** After so long a file that we cannot look at, for a fault of our own, is taken unseen: it arrived whole, and its time is past. */
const UNSEEN_AFTER_SECONDS = 3600;

/** `isHeard` says whether the candidate still waits for the answer: whom it does not reach is told of a refusal. */
export type FinishUpload = (uploadId: string, isHeard: () => boolean) => Promise<void>;

/**
 * All bytes of an upload are there: it counts, or is refused with `upload_hash_mismatch`, `upload_unreadable` or
 * `upload_infected`, and then its bytes go, the infected ones into quarantine. Without an answer of the scanner it counts, and is held. May be called again, and by several at once: those of one process share a look. Whatever ends it early leaves an upload that arrived; what was whole
 * before the deadline is waited for by the freeze, and frozen by the one who settles it.
 */
export function createUploadFinish({
  store,
  storage,
  inspector,
  scanner,
  doorbell,
  logger,
}: {
  store: Pick<Store, 'uploads' | 'sittings'>;
  storage: ObjectStorage;
  inspector: Inspector;
  scanner: Scanner | undefined;
  doorbell: Doorbell<Committed>;
  logger: Logger;
}): FinishUpload {
  async function rejectionOf(upload: UploadRecord & { arrivedSeconds: number }): Promise<{ reason: Rejection; refusal: Refusal } | undefined> {
    const { id, sha256 } = upload;
    if ((await storage.sha256(id)) !== sha256) return { reason: 'hash_mismatch', refusal: new Refusal('upload_hash_mismatch', CHANGED) };
    const found = await faultOf(upload);
    if (!found) return undefined;
    const { fault, message } = found;
    return { reason: fault, refusal: new Refusal('upload_unreadable', `${message} ${BEFORE_STAYS}`, { fault }) };
  }

  async function faultOf({ id, mediaType, sizeBytes, arrivedSeconds }: UploadRecord & { arrivedSeconds: number }) {
    const type = MEDIA_TYPES.find((known) => known === mediaType);
    if (!type) throw new TypeError('only what can be inspected was taken');
    try {
      return await inspector.faultOf({ sizeBytes, read: (start, end) => storage.readRange(id, { start, end }) }, type);
    } catch (error) {
      if (error instanceof StorageUnavailable || error instanceof InspectorBusy || arrivedSeconds < UNSEEN_AFTER_SECONDS) throw error;
      logger.error({ err: error, uploadId: id }, 'an upload could not be looked at for an hour; it is taken unseen');
      return undefined;
    }
  }

  /** It is what was announced, and a file that opens. */
  async function takeScanned(uploadId: string, isHeard: () => boolean): Promise<void> {
    const scanned = await scanOf(uploadId);
    if (scanned.state !== 'infected') return freezeIfOverdue(await store.uploads.complete(uploadId, scanned.state));
    const { finding } = scanned;
    const condemned = await store.uploads.condemn({ uploadId, finding, isHeard: isHeard() });
    if (condemned) {
      logger.error({ uploadId, attemptId: condemned.attemptId, finding }, 'an upload is infected; it is put into quarantine');
      await freezeIfOverdue(condemned);
      await storage.quarantineUpload(uploadId);
    }
    throw infectedBy(finding);
  }

  async function scanOf(uploadId: string): Promise<{ state: 'clean' | 'pending' | null } | { state: 'infected'; finding: string }> {
    if (!scanner) return { state: null };
    try {
      const finding = await scanner.findingIn((await storage.read(uploadId)).body);
      return finding === undefined ? { state: 'clean' } : { state: 'infected', finding };
    } catch (error) {
      if (!(error instanceof ScannerUnavailable)) throw error;
      logger.warn({ err: error, uploadId }, 'an upload is held until it can be scanned');
      return { state: 'pending' };
    }
  }

  async function freezeIfOverdue({ attemptId, overdue }: { attemptId: string; overdue: boolean }): Promise<void> {
    if (!overdue) return;
    const frozen = await store.sittings.freezeOverdue({ attemptId, test: 'case_study' });
    if (frozen.kind === 'frozen') doorbell.ring('submitted', { attemptId, deliveryId: frozen.deliveryId });
  }

  async function look(uploadId: string, isHeard: () => boolean): Promise<void> {
    const rejection = await rejectionOf(await store.uploads.arrived(uploadId));
    if (!rejection) return takeScanned(uploadId, isHeard);
    const rejected = await store.uploads.reject({ uploadId, reason: rejection.reason, isHeard: isHeard() });
    // Settled by somebody else meanwhile: taken, or this is refused, and told below.
    if (!rejected) return freezeIfOverdue(await store.uploads.complete(uploadId));
    await freezeIfOverdue(rejected);
    await storage.removeUpload(uploadId);
    throw rejection.refusal;
  }

  /** However a look ends: where another process looked too, and was first, what it found stands. */
  async function settle(uploadId: string, isHeard: () => boolean): Promise<void> {
    try {
      await look(uploadId, isHeard);
    } catch (error) {
      if (error instanceof Refusal && REFUSING.has(error.code)) throw error;
      const found = await store.uploads.find(uploadId);
      if (found && found.rejectedFor !== null) throw refusalOf(found.rejectedFor);
      if (!found?.completedAt) throw error;
    }
  }

  const looks = new Map<string, { readonly heardBy: (() => boolean)[]; readonly end: Promise<void> }>();
  return (uploadId, isHeard) => {
    const running = looks.get(uploadId);
    if (running) {
      running.heardBy.push(isHeard);
      return running.end;
    }
    const heardBy = [isHeard];
    const end = settle(uploadId, () => heardBy.some((hears) => hears())).finally(() => looks.delete(uploadId));
    looks.set(uploadId, { heardBy, end });
    return end;
  };
}

const REFUSING: ReadonlySet<string> = new Set<RefusalCode>(['upload_hash_mismatch', 'upload_unreadable', 'upload_infected']);

function infectedBy(finding: string): Refusal {
  return new Refusal(
    'upload_infected',
    `The scanner for malware found ${finding} in the file. Check your machine, save the file anew and upload that. ${BEFORE_STAYS}`,
  );
}

/** For whoever did not look at it themselves. */
function refusalOf(reason: Rejection): Refusal {
  switch (reason) {
    case 'hash_mismatch':
      return new Refusal('upload_hash_mismatch', CHANGED);
    case 'infected':
      return infectedBy('something');
    default:
      return new Refusal(
        'upload_unreadable',
        `The file was looked at and cannot be taken: ${reason}. Open it, save it anew and upload that. ${BEFORE_STAYS}`,
        { fault: reason },
      );
  }
}
