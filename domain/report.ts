/** Of one exam version: as decisions until an instant have it, or as a panel rated it in a round that was closed then. */
export const EXAM_VERSION_REPORTS = ['items', 'standard-setting'] as const;
/** Of all that happened in a period that is over. */
export const PERIOD_REPORTS = ['operations', 'money', 'marking-quality', 'funnel'] as const;

/** What reports there are. Each is a record, and never changes. */
export const REPORT_KINDS = [...EXAM_VERSION_REPORTS, ...PERIOD_REPORTS] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];
export type ExamVersionReportKind = (typeof EXAM_VERSION_REPORTS)[number];
export type ItemReportKind = Extract<ExamVersionReportKind, 'items'>;
export type StandardSettingReportKind = Extract<ExamVersionReportKind, 'standard-setting'>;
export type PeriodReportKind = (typeof PERIOD_REPORTS)[number];

/** Of fewer nothing is told: a figure could be somebody's. */
export const REPORT_CANDIDATES_MIN = 10;

/** From its first instant to before its last. */
export type Period = { readonly since: Date; readonly until: Date };
