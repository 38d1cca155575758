import { Prisma } from '../../prisma/generated/client.ts';
import type { Clock } from '../../store/context.ts';

/** PostgreSQL's clock, moved forward by the test: still one clock for all, still PostgreSQL's. */
export function createShiftedClock(): { clock: Clock; advanceSeconds: (seconds: number) => void } {
  let offsetSeconds = 0;
  return {
    clock: () => Prisma.sql`(clock_timestamp() + make_interval(secs => ${offsetSeconds}::float8))`,
    advanceSeconds: (seconds) => {
      offsetSeconds += seconds;
    },
  };
}
