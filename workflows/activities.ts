import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { CertificationActivities } from '../activities/certification/activities.ts';
import type { FeedbackActivities } from '../activities/feedback/activities.ts';
import type { GradingAutoActivities } from '../activities/grading-auto/activities.ts';
import type { GradingHumanActivities } from '../activities/grading-human/activities.ts';
import type { NotificationActivities } from '../activities/notification/activities.ts';
import type { PublicationActivities } from '../activities/publication/activities.ts';
import type { ReportingActivities } from '../activities/reporting/activities.ts';
import type { RetentionActivities } from '../activities/reporting/retention.ts';
import { computation, manyTransactions, notice, rendering, report, rowInPostgres, transaction } from './activity-options.ts';
import type { TaskQueue } from './queues.ts';

/** The activities as the workflow calls them: each on the queue of its pool. */

/** The queue, and what staff read beside the activity in the Temporal UI. */
const on = (taskQueue: TaskQueue, summary: string) => ({ taskQueue, summary });

export const certification = proxyLocalActivities<CertificationActivities>(rowInPostgres);
export const gradingAuto = proxyActivities<GradingAutoActivities>({ ...computation, ...on('grading-auto', 'choice items are graded') });
export const assessing = proxyActivities<GradingAutoActivities>({ ...computation, ...on('grading-auto', 'the first marks are assessed') });
export const gradingHuman = proxyActivities<GradingHumanActivities>({ ...transaction, ...on('grading-human', 'assignments for the graders') });
export const feedback = proxyActivities<FeedbackActivities>({ ...computation, ...on('feedback', 'feedback is written') });
export const documents = proxyActivities<FeedbackActivities>({ ...rendering, ...on('feedback', 'report and certificate are rendered as PDF') });
export const publication = proxyActivities<PublicationActivities>({ ...transaction, ...on('publication', 'the result is published') });
export const regrading = proxyActivities<PublicationActivities>({ ...transaction, ...on('publication', 'decisions are put right') });
export const notification = proxyActivities<NotificationActivities>({ ...notice, ...on('notification', 'the candidate is told') });
export const reporting = proxyActivities<ReportingActivities>({ ...report, ...on('reporting', 'what marks say is looked at') });
export const retaining = proxyActivities<RetentionActivities>({
  ...manyTransactions,
  ...on('reporting', 'what was kept for its time is ordered to be erased'),
});
