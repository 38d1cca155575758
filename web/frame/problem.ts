import { HttpError } from '@oazapfts/runtime';
import type { Problem } from '../generated/client.ts';

/** What a person is told of a failure: a problem of the API (RFC 9457), or that no answer came. */
export type Trouble =
  | { readonly kind: 'problem'; readonly problem: Problem }
  | { readonly kind: 'offline' }
  /** An answer that is none of the API's: of a proxy, say. */
  | { readonly kind: 'unknown'; readonly status: number | null };

export function troubleOf(error: unknown): Trouble {
  if (error instanceof HttpError) {
    const data: unknown = error.data;
    if (isProblem(data)) return { kind: 'problem', problem: data };
    return { kind: 'unknown', status: error.status };
  }
  // What fetch throws where no answer came, and what a time limit aborts with.
  if (error instanceof TypeError || (error instanceof DOMException && /Timeout|Network/.test(error.name))) return { kind: 'offline' };
  return { kind: 'unknown', status: null };
}

/** Whether the same request may well succeed in a moment: nothing is wrong with it. */
export function isPassing(error: unknown): boolean {
  const trouble = troubleOf(error);
  switch (trouble.kind) {
    case 'offline':
      return true;
    case 'problem':
      return trouble.problem.status >= 500 || trouble.problem.code === 'rate_limited' || trouble.problem.code === 'request_timeout';
    case 'unknown':
      return trouble.status !== null && trouble.status >= 500;
  }
}

function isProblem(data: unknown): data is Problem {
  return typeof data === 'object' && data !== null && 'code' in data && 'detail' in data && 'status' in data;
}
