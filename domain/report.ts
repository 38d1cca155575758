/** What reports there are. Each is a record of an exam version until an instant, and never changes. */
export const REPORT_KINDS = ['items'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** Of fewer nothing is told: a figure could be somebody's. */
export const REPORT_CANDIDATES_MIN = 10;
