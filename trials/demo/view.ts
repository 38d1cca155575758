import { PHASES } from '../../domain/attempt.ts';
import type { QueueBacklog } from '../../platform/temporal/task-queues.ts';
import { headcountLine, phaseName, type Headcount } from '../people/headcount.ts';

/** What the demo shows while it runs. Everything in it is as it was last seen. */
export type DemoScene = {
  readonly startedAt: number;
  readonly headcount: Headcount;
  readonly marked: number;
  readonly adjudicated: number;
  /** Assignments that wait to be completed, and how many of them somebody holds. */
  readonly open: number;
  readonly held: number;
  readonly backlogs: readonly QueueBacklog[];
  /** What happened, newest last. */
  readonly events: readonly { readonly seconds: number; readonly who: string; readonly what: string }[];
};

const LABEL_WIDTH = 20;
const EVENTS_SHOWN = 8;
/** A line must fit 80 columns. */
const QUEUES_IN_LINE = 3;

export function demoBlock(scene: DemoScene): readonly string[] {
  const { headcount, events } = scene;
  const phases = PHASES.map((phase) => {
    const count = headcount.in(phase);
    return `  ${phaseName(phase).padEnd(LABEL_WIDTH)} ${String(count || '·').padStart(2)}  ${'█'.repeat(count)}`;
  });
  return [
    '',
    `  ${clock(secondsOf(scene))}   ${headcount.total} attempts`,
    '',
    ...phases,
    '',
    `  ${'assignments'.padEnd(LABEL_WIDTH)} ${assignmentsLine(scene)}`,
    `  ${'task queue backlog'.padEnd(LABEL_WIDTH)} ${backlogLine(scene.backlogs.slice(0, QUEUES_IN_LINE))}`,
    `  ${' '.repeat(LABEL_WIDTH)} ${backlogLine(scene.backlogs.slice(QUEUES_IN_LINE))}`,
    '',
    ...events.slice(-EVENTS_SHOWN).map(({ seconds, who, what }) => `  ${clock(seconds)}  ${who}: ${what}`),
  ];
}

export function demoLine(scene: DemoScene): string {
  const waiting = scene.backlogs.filter((backlog) => sizeOf(backlog) > 0);
  return `${clock(secondsOf(scene))}  ${headcountLine(scene.headcount)}; assignments: ${assignmentsLine(scene)}; backlog: ${waiting.length === 0 ? 'none' : backlogLine(waiting)}`;
}

function assignmentsLine({ marked, adjudicated, open, held }: DemoScene): string {
  return `${marked} done (${adjudicated} adjudicated), ${open} open, ${held} in hand`;
}

function backlogLine(backlogs: readonly QueueBacklog[]): string {
  return backlogs.map((backlog) => `${backlog.queue} ${sizeOf(backlog)}`).join(' · ');
}

function sizeOf({ workflowTasks, activityTasks }: QueueBacklog): number {
  return workflowTasks + activityTasks;
}

export function secondsOf({ startedAt }: Pick<DemoScene, 'startedAt'>): number {
  return Math.round((Date.now() - startedAt) / 1000);
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
