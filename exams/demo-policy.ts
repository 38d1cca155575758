import type { ExamForm } from './form.ts';

/** The exam that the demo publishes, so that it never takes the version number of the real one. */
export const DEMO_EXAM_ID = 'software-architect-demo';

/**
 * The same exam with each limit in seconds, so that a whole attempt, time-outs and lapses included, fits into a demo of
 * less than three minutes; so many times as long where servers are slower. Who marks and how disputes are settled stays as in the form.
 */
export function withDemoPolicy(form: ExamForm, times = 1): ExamForm {
  const seconds = (count: number) => `PT${count * times}S`;
  return {
    ...form,
    examId: DEMO_EXAM_ID,
    policy: {
      ...form.policy,
      startWindow: seconds(25),
      aptitudeLimit: seconds(12),
      offerWindow: seconds(12),
      caseStudyLimit: seconds(12),
      resultPromise: { aptitude: seconds(60), caseStudy: seconds(60) },
      lease: { aptitude: seconds(20), caseStudy: seconds(20) },
      appealWindow: seconds(2),
    },
  };
}
