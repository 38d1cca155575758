import { expect, it } from 'vitest';
import { OPERATION_DUTIES } from '../../domain/duties.ts';
import { PROPOSED_OPERATIONS } from './proposed-operations.ts';

it('has words for every operation that waits for a second person', () => {
  const proposed = Object.entries(OPERATION_DUTIES).flatMap(([operation, duty]) => (duty === 'two' || duty === 'two_at_times' ? [operation] : []));
  expect(PROPOSED_OPERATIONS.toSorted()).toEqual(proposed.toSorted());
});
