import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { CertificationActivities } from '../activities/certification/activities.ts';
import type { FeedbackActivities } from '../activities/feedback/activities.ts';
import type { GradingAutoActivities } from '../activities/grading-auto/activities.ts';
import type { GradingHumanActivities } from '../activities/grading-human/activities.ts';
import type { NotificationActivities } from '../activities/notification/activities.ts';
import type { PublicationActivities } from '../activities/publication/activities.ts';
import { computation, notice, rowInPostgres, transaction } from './activity-options.ts';
import type { TaskQueue } from './queues.ts';

/** The activities as the workflow calls them: each on the queue of its pool. */

const on = (taskQueue: TaskQueue) => ({ taskQueue });

export const certification = proxyLocalActivities<CertificationActivities>(rowInPostgres);
export const gradingAuto = proxyActivities<GradingAutoActivities>({ ...computation, ...on('grading-auto') });
export const gradingHuman = proxyActivities<GradingHumanActivities>({ ...transaction, ...on('grading-human') });
export const feedback = proxyActivities<FeedbackActivities>({ ...computation, ...on('feedback') });
export const publication = proxyActivities<PublicationActivities>({ ...transaction, ...on('publication') });
export const notification = proxyActivities<NotificationActivities>({ ...notice, ...on('notification') });
