import { useEffect, useState, useSyncExternalStore } from 'react';

/**
 * The server's clock, which alone decides deadlines. Between two answers of the API it goes on with the browser's steady clock, so that
 * a device whose own is an hour off, or is set meanwhile, changes nothing.
 */
let offsetMilliseconds: number | undefined;
const listeners = new Set<() => void>();

/** From the `serverTime` of an answer that came just now. */
export function setServerTime(serverTime: string): void {
  offsetMilliseconds = Date.parse(serverTime) - performance.now();
  for (const listener of listeners) listener();
}

/** From the `Date` of any answer, to the second: for doors whose answers bear no `serverTime`. It never undoes a finer one that agrees. */
export function setServerDate(date: string | null): void {
  if (date === null || Number.isNaN(Date.parse(date))) return;
  if (offsetMilliseconds === undefined || Math.abs(serverNow() - Date.parse(date)) > 3000) setServerTime(date);
}

function serverNow(): number {
  return (offsetMilliseconds ?? Date.now() - performance.now()) + performance.now();
}

/** Seconds left until an instant, anew each second; below 0 once it has passed. */
export function useSecondsLeft(deadline: string): number {
  const secondsNow = () => Math.ceil((Date.parse(deadline) - serverNow()) / 1000);
  const offset = useSyncExternalStore(subscribe, () => offsetMilliseconds);
  const [seconds, setSeconds] = useState(secondsNow);
  useEffect(() => {
    setSeconds(secondsNow());
    const timer = setInterval(() => setSeconds(secondsNow()), 500);
    return () => clearInterval(timer);
    // Anew when the deadline moved or the clock was set.
  }, [deadline, offset]);
  return seconds;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
