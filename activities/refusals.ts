import { ApplicationFailure } from '@temporalio/activity';
import { Refusal } from '../domain/refusal.ts';
import { REFUSED } from '../workflows/messages.ts';

/**
 * Makes a set of activities refuse in Temporal's way: a Refusal becomes an ApplicationFailure of type `Refused` with the
 * code as its first detail, and is not retried. Everything else goes through as it is, and is.
 */
export function refusing<Activities extends Record<string, (...args: never[]) => Promise<unknown>>>(activities: Activities): Activities {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      try {
        return await activity(...args);
      } catch (error) {
        if (error instanceof Refusal) {
          throw ApplicationFailure.create({ message: error.message, type: REFUSED, nonRetryable: true, details: [error.code, error.details] });
        }
        throw error;
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Activities;
}
