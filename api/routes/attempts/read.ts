import type { AttemptRecord } from '../../../store/attempt-rows.ts';
import type { Services } from '../../services.ts';
import { viewOfAttempt, type AttemptView } from './view.ts';

type AttemptReader = Pick<Services, 'store'>;

export async function viewOf({ store }: AttemptReader, record: AttemptRecord): Promise<AttemptView> {
  const { policy } = await store.examVersions.contentOf(record.examVersionId);
  return viewOfAttempt(record, policy);
}

/** The view of an attempt; with `subject`, only of that candidate's. Refused as not found. */
export async function readView(services: AttemptReader, query: { attemptId: string; subject?: string }): Promise<AttemptView> {
  return viewOf(services, await services.store.attempts.read(query));
}
