/** The task queues (design, section 6). A pool of the same name serves each. */
export const TASK_QUEUES = ['certification', 'grading-auto', 'grading-human', 'feedback', 'publication', 'notification'] as const;
export type TaskQueue = (typeof TASK_QUEUES)[number];
