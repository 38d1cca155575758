import { QueryClient } from '@tanstack/react-query';
import { isPassing } from './problem.ts';

const RETRIES = 3;

/** Reads are repeated while the trouble may pass; writes are not, since who writes knows whether a repeat is safe. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < RETRIES && isPassing(error),
        retryDelay: (attempt) => Math.min(1000 * 2 ** attempt, 10_000),
        staleTime: 5000,
      },
      mutations: { retry: false },
    },
  });
}

/** For what shows others' work as it happens: asked for again every so many seconds, and not while nobody looks. */
export function live(seconds: number): { readonly refetchInterval: number; readonly refetchIntervalInBackground: false } {
  return { refetchInterval: seconds * 1000, refetchIntervalInBackground: false };
}

/** Of lists that come page by page: each page names the cursor of the next, null on the last. */
export const byCursor = {
  initialPageParam: null as string | null,
  getNextPageParam: ({ next }: { readonly next: string | null }) => next,
};
