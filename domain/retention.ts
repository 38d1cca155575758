/**
 * What is kept for a time of its own, from the end of an attempt on (docs/privacy.md): the files of case studies; all other answers with what was remarked on
 * them; and everything of a person without a certificate. `person` is also what somebody asks for.
 */
export const RETENTION_KINDS = ['uploads', 'answers', 'person'] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];

export const RETENTION_DAYS_MAX = 36_500;

/** What the audit says of what nobody but time ordered. */
export const RETENTION_OVER = 'its time is over';
