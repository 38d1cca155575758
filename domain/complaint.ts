/** What a candidate complains of that is no appeal. It is answered, and no rule reads it: it changes neither mark nor decision. */
export const COMPLAINT_MATTERS = ['behaviour', 'system', 'other'] as const;
export type ComplaintMatter = (typeof COMPLAINT_MATTERS)[number];

/** Of one attempt that wait for an answer at once. */
export const OPEN_COMPLAINTS_MAX = 10;
