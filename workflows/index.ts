export { certificationAttempt } from './certification-attempt.ts';
