import type { TaskQueue } from './queues.ts';

export const REPORTS_WORKFLOW = 'weeklyReports';
const REPORTS_SCHEDULE = 'reports';
export const RETENTION_WORKFLOW = 'retention';
export const MARKING_REVIEW_WORKFLOW = 'markingReview';
export const MARKING_REVIEW_SCHEDULE = 'marking-review';

/** What is started by the calendar, UTC. One that was missed is caught up, and only the last: the window is shorter than what lies between two. While one runs the next is left out. */
function onCalendar({
  scheduleId,
  calendar,
  catchupWindow,
  workflowType,
  staticSummary,
}: {
  scheduleId: string;
  calendar: { readonly dayOfWeek?: 'MONDAY'; readonly hour: number; readonly minute: number; readonly comment: string };
  catchupWindow: `${number} days` | `${number} hours`;
  workflowType: string;
  staticSummary: string;
}) {
  return {
    scheduleId,
    spec: { calendars: [calendar] },
    policies: { overlap: 'SKIP', catchupWindow },
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

/** Early, when few are marking. */
function onMondays({ hour, ...schedule }: { scheduleId: string; hour: number; workflowType: string; staticSummary: string }) {
  const calendar = { dayOfWeek: 'MONDAY', hour, minute: 10, comment: `every Monday, 0${hour}:10 UTC` } as const;
  return onCalendar({ ...schedule, calendar, catchupWindow: '6 days' });
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

export const retentionSchedule = onCalendar({
  scheduleId: RETENTION_WORKFLOW,
  calendar: { hour: 2, minute: 10, comment: 'every night, 02:10 UTC' },
  catchupWindow: '23 hours',
  workflowType: RETENTION_WORKFLOW,
  staticSummary: 'What was kept for its time is ordered to be erased: see the current details beside',
});
