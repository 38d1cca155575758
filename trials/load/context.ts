import type pg from 'pg';
import type { Stack } from '../../local/stack.ts';
import type { Person } from '../../local/tokens.ts';
import type { ApiClient } from '../people/client.ts';
import type { Headcount } from '../people/headcount.ts';
import type { Ledger } from './ledger.ts';
import type { LoadOptions } from './options.ts';

/** What candidates and graders need, whatever system they meet. */
export type PeopleContext = {
  readonly options: Pick<LoadOptions, 'graders' | 'seed'>;
  readonly database: pg.Pool;
  readonly cast: (person: Person) => ApiClient;
  readonly headcount: Headcount;
  readonly signal: AbortSignal;
};

/** What every part of a load run works with. */
export type LoadContext = PeopleContext & {
  readonly stack: Stack;
  readonly options: LoadOptions;
  readonly ledger: Ledger;
  readonly log: (line: string) => void;
};
