/** As many task queues as an attempt of ours goes through. */
export const QUEUES = {
  workflows: 'own-shape-workflows',
  machine: 'own-shape-machine',
  human: 'own-shape-human',
  publication: 'own-shape-publication',
} as const;

export type Queue = keyof typeof QUEUES;
