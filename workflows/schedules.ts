import type { TaskQueue } from './queues.ts';

export const REPORTS_WORKFLOW = 'weeklyReports';
const REPORTS_SCHEDULE = 'reports';
export const MARKING_REVIEW_WORKFLOW = 'markingReview';
export const MARKING_REVIEW_SCHEDULE = 'marking-review';

/**
 * What is started by the calendar. Early on Mondays, UTC, when few are marking. One that was missed is caught up, and only the last: the window
 * is shorter than the week. While one runs the next is left out.
 */
function onMondays({
  scheduleId,
  hour,
  workflowType,
  staticSummary,
}: {
  scheduleId: string;
  hour: number;
  workflowType: string;
  staticSummary: string;
}) {
  return {
    scheduleId,
    spec: { calendars: [{ dayOfWeek: 'MONDAY', hour, minute: 10, comment: `every Monday, 0${hour}:10 UTC` }] },
    policies: { overlap: 'SKIP', catchupWindow: '6 days' },
    action: {
      type: 'startWorkflow',
      workflowType,
      // The server adds the time it was due.
      workflowId: scheduleId,
      taskQueue: 'certification' satisfies TaskQueue,
      args: [],
      staticSummary,
    },
  } as const;
}

export const markingReviewSchedule = onMondays({
  scheduleId: MARKING_REVIEW_SCHEDULE,
  hour: 3,
  workflowType: MARKING_REVIEW_WORKFLOW,
  staticSummary: 'The marking model is fitted anew: see the current details beside',
});

/** An hour after: both take a processor for minutes. */
export const reportsSchedule = onMondays({
  scheduleId: REPORTS_SCHEDULE,
  hour: 4,
  workflowType: REPORTS_WORKFLOW,
  staticSummary: 'Reports are made: see the current details beside',
});
