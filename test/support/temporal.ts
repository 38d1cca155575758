import { inject } from 'vitest';
import { placeOfTest } from '../../local/environment.ts';

/**
 * Of the server of this place among the files that run at once: on one server the pipelines of two files would take each other's
 * work, their queues and deployments having the same names.
 */
export function temporalAddress(): string {
  const place = placeOfTest();
  const address = inject('temporalAddresses')[place - 1];
  if (address === undefined) throw new Error(`there is no Temporal server for place ${place}`);
  return address;
}
