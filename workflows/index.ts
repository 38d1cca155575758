export { certificateCorrection } from './certificate-correction.ts';
export { certificationAttempt } from './certification-attempt.ts';
export { itemRegrade } from './item-regrade.ts';
export { markingReview } from './marking-review.ts';
export { retention } from './retention.ts';
export { weeklyReports } from './weekly-reports.ts';
