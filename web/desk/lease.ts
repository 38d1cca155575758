import { useEffect, useRef, useState } from 'react';
import { extendLease } from '../generated/client.ts';

const HEARTBEAT_SECONDS = 60;
/** Who touched nothing for so long does not work at it just now, and keeps nobody from it. */
const IDLE_SECONDS = 600;

/** Until when the assignment is held: the lease runs anew with each save, and by itself while somebody works. */
export function useLease({
  assignmentId,
  fencingToken,
  leaseExpiresAt,
}: {
  assignmentId: string;
  fencingToken: number;
  leaseExpiresAt: string | null;
}): { readonly leaseExpiresAt: string | null; readonly hold: (until: string) => void } {
  const [until, setUntil] = useState(leaseExpiresAt);
  const touchedAt = useRef(performance.now());
  useEffect(() => setUntil(leaseExpiresAt), [leaseExpiresAt]);
  useEffect(() => {
    const touched = () => {
      touchedAt.current = performance.now();
    };
    const beat = () => {
      if (document.visibilityState === 'hidden' || performance.now() - touchedAt.current > IDLE_SECONDS * 1000) return;
      // What goes wrong shows with the next save, which says more.
      extendLease({ assignmentId, lease: { fencingToken } }).then(
        (extended) => setUntil(extended.leaseExpiresAt),
        () => {},
      );
    };
    const timer = setInterval(beat, HEARTBEAT_SECONDS * 1000);
    for (const kind of ['keydown', 'pointerdown', 'wheel'] as const) addEventListener(kind, touched, { passive: true });
    return () => {
      clearInterval(timer);
      for (const kind of ['keydown', 'pointerdown', 'wheel'] as const) removeEventListener(kind, touched);
    };
  }, [assignmentId, fencingToken]);
  return { leaseExpiresAt: until, hold: setUntil };
}
