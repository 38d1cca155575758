import { canary } from './canary.ts';
import { drain } from './drain.ts';
import { examDay } from './exam-day.ts';
import { leastPrivilege } from './least-privilege.ts';
import { redundancy } from './redundancy.ts';
import { runbooks } from './runbooks.ts';
import type { Rehearsal } from './rehearsal.ts';
import { scale } from './scale.ts';
import { zeroDowntime } from './zero-downtime.ts';

/** In the order in which `all` plays them. */
export const REHEARSALS: readonly Rehearsal[] = [leastPrivilege, zeroDowntime, canary, examDay, redundancy, drain, runbooks, scale];
