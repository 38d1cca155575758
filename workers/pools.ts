import type { WorkerOptions } from '@temporalio/worker';
import { createCertificationActivities } from '../activities/certification/activities.ts';
import { createFeedbackActivities } from '../activities/feedback/activities.ts';
import { createGradingAutoActivities } from '../activities/grading-auto/activities.ts';
import { createGradingHumanActivities } from '../activities/grading-human/activities.ts';
import { createNotificationActivities } from '../activities/notification/activities.ts';
import { createPublicationActivities } from '../activities/publication/activities.ts';
import { createReportingActivities } from '../activities/reporting/activities.ts';
import { createRetentionActivities } from '../activities/reporting/retention.ts';
import type { CredentialIssuer } from '../publication/credentials/issuer.ts';
import type { DocumentRenderer } from '../publication/documents/renderer.ts';
import type { Logger } from '../platform/logging.ts';
import type { ObjectStorage } from '../platform/storage/object-storage.ts';
import type { Store } from '../store/store.ts';
import { TASK_QUEUES, type TaskQueue } from '../workflows/queues.ts';

/** The pools: one a task queue, and those that serve PostgreSQL's outboxes or a broker instead of a queue. */
export const POOLS = [...TASK_QUEUES, 'delivery', 'events', 'intake'] as const;
export type Pool = (typeof POOLS)[number];

/** What the activities of all pools need; what only one of them needs is made when that pool is. */
export type PoolDependencies = {
  readonly store: Store;
  readonly logger: Logger;
  readonly publicUrl: string;
  /** Whether there is a mail server: without one, notices stay in the inbox alone. */
  readonly mailing: boolean;
  /** Where candidates have their pages, if they have any. */
  readonly candidateUrl: string | undefined;
  readonly storage: () => ObjectStorage;
  readonly credentials: () => CredentialIssuer;
  readonly renderer: () => DocumentRenderer;
};

type Tuning = Pick<
  WorkerOptions,
  'activities' | 'maxConcurrentActivityTaskExecutions' | 'maxConcurrentWorkflowTaskExecutions' | 'maxConcurrentLocalActivityExecutions'
>;

/** What each pool runs and how much of it at once. Slots are bounded by the database's pool: every activity holds a connection. */
export function tuningOf(pool: TaskQueue, dependencies: PoolDependencies): Tuning {
  switch (pool) {
    case 'certification':
      return {
        activities: createCertificationActivities(dependencies),
        maxConcurrentWorkflowTaskExecutions: 40,
        maxConcurrentLocalActivityExecutions: 20,
      };
    case 'grading-auto':
      return { activities: createGradingAutoActivities(dependencies), maxConcurrentActivityTaskExecutions: 20 };
    case 'grading-human':
      return { activities: createGradingHumanActivities(dependencies), maxConcurrentActivityTaskExecutions: 10 };
    case 'feedback':
      return {
        activities: createFeedbackActivities({ ...dependencies, storage: dependencies.storage(), renderer: dependencies.renderer() }),
        maxConcurrentActivityTaskExecutions: 10,
      };
    case 'publication':
      return {
        activities: createPublicationActivities({ ...dependencies, credentials: dependencies.credentials() }),
        maxConcurrentActivityTaskExecutions: 10,
      };
    case 'notification':
      return { activities: createNotificationActivities(dependencies), maxConcurrentActivityTaskExecutions: 20 };
    case 'reporting':
      // Each takes a processor and much memory for minutes.
      return {
        activities: { ...createReportingActivities(dependencies), ...createRetentionActivities(dependencies) },
        maxConcurrentActivityTaskExecutions: 1,
      };
  }
}
