import type { ExamForm } from './form.ts';

/** The exam that the demo publishes, so that it never takes the version number of the real one. */
export const DEMO_EXAM_ID = 'software-architect-demo';

/**
 * The same exam with each limit in seconds, so that a whole attempt, time-outs and lapses included, fits into a demo of
 * less than three minutes. Who marks and how disputes are settled stays as in the form.
 */
export function withDemoPolicy(form: ExamForm): ExamForm {
  return {
    ...form,
    examId: DEMO_EXAM_ID,
    policy: {
      ...form.policy,
      startWindow: 'PT25S',
      aptitudeLimit: 'PT12S',
      offerWindow: 'PT12S',
      caseStudyLimit: 'PT12S',
      resultPromise: { aptitude: 'PT60S', caseStudy: 'PT60S' },
      lease: { aptitude: 'PT20S', caseStudy: 'PT20S' },
      appealWindow: 'PT2S',
    },
  };
}
