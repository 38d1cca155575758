import type { TaskQueue } from './queues.ts';

export const REPORTS_WORKFLOW = 'weeklyReports';
const REPORTS_SCHEDULE = 'reports';
export const MARKING_REVIEW_WORKFLOW = 'markingReview';
export const MARKING_REVIEW_SCHEDULE = 'marking-review';

/**
 * What is started by the calendar. Early on Mondays, UTC, when few are marking. One that was missed is caught up, and only the last: the window
 * is shorter than the week. While one runs the next is left out.
 */
export const markingReviewSchedule = {
  scheduleId: MARKING_REVIEW_SCHEDULE,
  spec: { calendars: [{ dayOfWeek: 'MONDAY', hour: 3, minute: 10, comment: 'every Monday, 03:10 UTC' }] },
  policies: { overlap: 'SKIP', catchupWindow: '6 days' },
  action: {
    type: 'startWorkflow',
    workflowType: MARKING_REVIEW_WORKFLOW,
    // The server adds the time it was due.
    workflowId: MARKING_REVIEW_SCHEDULE,
    taskQueue: 'certification' satisfies TaskQueue,
    args: [],
    staticSummary: 'The marking model is fitted anew: see the current details beside',
  },
} as const;

/** Reports, an hour after: both take a processor for minutes. */
export const reportsSchedule = {
  scheduleId: REPORTS_SCHEDULE,
  spec: { calendars: [{ dayOfWeek: 'MONDAY', hour: 4, minute: 10, comment: 'every Monday, 04:10 UTC' }] },
  policies: { overlap: 'SKIP', catchupWindow: '6 days' },
  action: {
    type: 'startWorkflow',
    workflowType: REPORTS_WORKFLOW,
    workflowId: REPORTS_SCHEDULE,
    taskQueue: 'certification' satisfies TaskQueue,
    args: [],
    staticSummary: 'Reports are made: see the current details beside',
  },
} as const;
