import type { Agreement } from '../../../domain/agreement.ts';

/** Figures as they are answered: null where there are too few to say. */
export function compared<Figures extends Agreement>(figures: Figures) {
  const { kappa = null, icc = null, severity = null, distance = null, spread = null } = figures as Agreement;
  return { ...figures, kappa, icc, severity, distance, spread };
}
