import type { WorkerOptions } from '@temporalio/worker';
import { createCertificationActivities } from '../activities/certification/activities.ts';
import { createFeedbackActivities } from '../activities/feedback/activities.ts';
import { createGradingAutoActivities } from '../activities/grading-auto/activities.ts';
import { createGradingHumanActivities } from '../activities/grading-human/activities.ts';
import { createNotificationActivities } from '../activities/notification/activities.ts';
import { createPublicationActivities } from '../activities/publication/activities.ts';
import type { Logger } from '../platform/logging.ts';
import type { Store } from '../store/store.ts';
import { TASK_QUEUES, type TaskQueue } from '../workflows/queues.ts';

/** The pools: one a task queue, and the delivery pool, which serves the outbox instead of a queue. */
export const POOLS = [...TASK_QUEUES, 'delivery'] as const;
export type Pool = (typeof POOLS)[number];

export type PoolDependencies = { readonly store: Store; readonly logger: Logger };

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
      return { activities: createFeedbackActivities(dependencies), maxConcurrentActivityTaskExecutions: 10 };
    case 'publication':
      return { activities: createPublicationActivities(dependencies), maxConcurrentActivityTaskExecutions: 10 };
    case 'notification':
      return { activities: createNotificationActivities(dependencies), maxConcurrentActivityTaskExecutions: 20 };
  }
}
