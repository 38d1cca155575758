import type { SignalDefinition, UpdateDefinition } from '@temporalio/common';
import type { CertificationActivities } from '../../../activities/certification/activities.ts';
import type { FeedbackActivities } from '../../../activities/feedback/activities.ts';
import type { GradingAutoActivities } from '../../../activities/grading-auto/activities.ts';
import type { GradingHumanActivities } from '../../../activities/grading-human/activities.ts';
import type { NotificationActivities } from '../../../activities/notification/activities.ts';
import type { PublicationActivities } from '../../../activities/publication/activities.ts';
import type { ReportingActivities } from '../../../activities/reporting/activities.ts';
import type * as attempt from '../../../workflows/messages.ts';
import type * as correction from '../../../workflows/correction-messages.ts';
import type { Expanded } from './expanded.ts';

/**
 * What builds of different age say to each other, as the code has it now. The compiler's declaration of this file is what
 * a release freezes (freeze.ts); nothing here ever runs.
 */

type Exchange<Input, Result> = { readonly input: Input; readonly result: Result };

type ActivitiesOf<Activities> = {
  readonly [Name in keyof Activities]: Activities[Name] extends (input: infer Input) => Promise<infer Result> ? Exchange<Input, Result> : never;
};

type MessagesOf<Messages> = {
  readonly [Name in MessageNames<Messages>]: Messages[Name] extends UpdateDefinition<infer Result, infer Input>
    ? Exchange<Input[0], Result>
    : Messages[Name] extends SignalDefinition<infer Input>
      ? Exchange<Input[0], void>
      : never;
};
type MessageNames<Messages> = {
  [Name in keyof Messages]: Messages[Name] extends { readonly type: 'signal' | 'update' } ? Name : never;
}[keyof Messages];

/** Called by the workflows of every build that has attempts open; by task queue. */
type Activities = {
  readonly certification: ActivitiesOf<CertificationActivities>;
  readonly 'grading-auto': ActivitiesOf<GradingAutoActivities>;
  readonly 'grading-human': ActivitiesOf<GradingHumanActivities>;
  readonly feedback: ActivitiesOf<FeedbackActivities>;
  readonly publication: ActivitiesOf<PublicationActivities>;
  readonly notification: ActivitiesOf<NotificationActivities>;
  readonly reporting: ActivitiesOf<ReportingActivities>;
};

/** What the API of one build sends the workflows of another, and how they start and end; by workflow. */
type Messages = {
  readonly certificationAttempt: MessagesOf<typeof attempt> & { readonly start: Exchange<attempt.AttemptInput, attempt.AttemptResult> };
  readonly certificateCorrection: MessagesOf<typeof correction> & {
    readonly start: Exchange<correction.CorrectionInput, correction.CorrectionResult>;
  };
};

declare function expanded<T>(): Expanded<T>;

export const activities = expanded<Activities>();
export const messages = expanded<Messages>();
