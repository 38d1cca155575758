/** As many task queues as the pipeline has, each for the same kind of step. */
export const QUEUES = {
  workflows: 'baseline-workflows',
  machine: 'baseline-machine',
  human: 'baseline-human',
  feedback: 'baseline-feedback',
  publication: 'baseline-publication',
  notification: 'baseline-notification',
} as const;

export type Queue = keyof typeof QUEUES;
