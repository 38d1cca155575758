/** The task queues that an attempt goes through (design, section 6). */
export const ATTEMPT_QUEUES = ['certification', 'grading-auto', 'grading-human', 'feedback', 'publication', 'notification'] as const;
export type AttemptQueue = (typeof ATTEMPT_QUEUES)[number];

/** All task queues. A pool of the same name serves each. */
export const TASK_QUEUES = [...ATTEMPT_QUEUES, 'reporting'] as const;
export type TaskQueue = (typeof TASK_QUEUES)[number];
