import type { Window } from './attempt.ts';
import type { Test } from './exam.ts';

/** A step of an attempt that its candidate is told of, beside results; `deadline` is ISO 8601. */
export type Step =
  | { readonly kind: 'registered' | 'registered_for_case_study'; readonly deadline: string }
  | { readonly kind: `${Test}_submitted` | `${Test}_timed_out`; readonly round: number; readonly deadline: string }
  | { readonly kind: 'deadline_moved' | 'deadline_corrected' | 'deadline_near'; readonly window: Window; readonly deadline: string }
  | { readonly kind: 'reopened'; readonly window: Test; readonly round: number; readonly deadline: string }
  | { readonly kind: 'lapsed'; readonly window: Window; readonly deadline: string }
  /** `at` tells it from another time that the limits were scaled so, ISO 8601. */
  | { readonly kind: 'accommodated'; readonly percent: number; readonly at: string }
  | { readonly kind: 'withdrawn' };
