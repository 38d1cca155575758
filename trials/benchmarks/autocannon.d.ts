/** What is used of autocannon, which brings no types. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  type Request = { method: string; path: string; headers: Record<string, string>; body?: string };

  type Options = {
    url: string;
    connections: number;
    duration: number;
    /** Called before each request; what it returns is sent. */
    requests: { setupRequest: (request: object) => Request }[];
  };

  type Result = { '2xx': number; non2xx: number; errors: number; timeouts: number };

  /** Emits `response` with the client, the status, the bytes and the milliseconds of each. */
  type Run = EventEmitter & { stop(): void };

  export default function autocannon(options: Options, done: (error: Error | null, result: Result) => void): Run;
}
