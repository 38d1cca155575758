import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/**
 * What Temporal Cloud bills of a workflow, by its history (https://docs.temporal.io/cloud/actions): an Action for its start, each signal, Update,
 * timer and upsert of search attributes or memo, each start of an activity, retries included, and one for all local activities of a workflow task.
 * Heartbeats and queries, which no history has, are not counted; an attempt needs none.
 */
const ACTIONS = {
  workflows: ({ workflowExecutionStartedEventAttributes: event }) => (event ? 1 : 0),
  signals: ({ workflowExecutionSignaledEventAttributes: event }) => (event ? 1 : 0),
  updates: ({ workflowExecutionUpdateAcceptedEventAttributes: event }) => (event ? 1 : 0),
  timers: ({ timerStartedEventAttributes: event }) => (event ? 1 : 0),
  upserts: ({ upsertWorkflowSearchAttributesEventAttributes: attributes, workflowPropertiesModifiedEventAttributes: memo }) =>
    attributes || memo ? 1 : 0,
  // The event of a retried activity is written once it is through, with the number of its last try.
  activities: ({ activityTaskStartedEventAttributes: event }) => event?.attempt ?? 0,
} as const satisfies Record<string, (event: HistoryEvent) => number>;

const LOCAL_ACTIVITY = 'core_local_activity';

export type BillableActions = Readonly<Record<keyof typeof ACTIONS | 'localActivities' | 'all', number>>;

export function billableActions(events: readonly HistoryEvent[]): BillableActions {
  const count = (kind: keyof typeof ACTIONS) => events.reduce((sum, event) => sum + ACTIONS[kind](event), 0);
  const markers = events.flatMap(({ markerRecordedEventAttributes: marker }) => (marker?.markerName === LOCAL_ACTIVITY ? [marker] : []));
  const counted = {
    workflows: count('workflows'),
    signals: count('signals'),
    updates: count('updates'),
    timers: count('timers'),
    upserts: count('upserts'),
    activities: count('activities'),
    localActivities: new Set(markers.map(({ workflowTaskCompletedEventId: id }) => String(id))).size,
  };
  return { ...counted, all: Object.values(counted).reduce((sum, one) => sum + one, 0) };
}
