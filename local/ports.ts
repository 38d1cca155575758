import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { placeOfTest } from './environment.ts';

export type PortRequest = {
  /** Taken if it is free; without it any port will do. */
  preferred?: number | undefined;
  /** What it is for, as the user is told when the preferred one is taken. */
  purpose: string;
  log: (line: string) => void;
};

/** Ports of this process that nobody may listen on yet. */
const handedOut = new Set<number>();

/** A port on loopback that nobody listens on. */
export async function freePort({ preferred, purpose, log }: PortRequest): Promise<number> {
  if (preferred !== undefined && !handedOut.has(preferred) && (await isFree(preferred))) return handOut(preferred);
  const port = await anyFreePort();
  if (preferred !== undefined) log(`port ${preferred} is taken: ${purpose} gets ${port}`);
  return port;
}

function handOut(port: number): number {
  handedOut.add(port);
  return port;
}

/** Call when what listened there is gone, so that the port may be asked for again. */
export function returnPort(port: number): void {
  handedOut.delete(port);
}

/** Asks for all addresses too, since some systems let a single one be shared with a listener on all of them. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

/**
 * Below those that systems give to whoever asks for any, and to each connection that is made: one of these could be taken between
 * the moment that it is handed out and the moment that somebody listens on it. Temporal's server asks for several when it starts.
 */
const PORTS = { from: 20_000, below: 32_000 } as const;

async function anyFreePort(): Promise<number> {
  const place = placeOfTest();
  for (;;) {
    const port = randomInt(PORTS.from, PORTS.below);
    if (handedOut.has(port) || (place !== 0 && !isOf(place, port))) continue;
    // Before it is looked at: whoever asks at the same time gets another.
    handOut(port);
    if (await isFree(port)) return port;
    returnPort(port);
  }
}

/** Test files that run at once each keep to a quarter of the ports: none is given what another was given and does not listen on yet. */
function isOf(place: number, port: number): boolean {
  return port % 4 === place % 4;
}

async function canListen(port: number, host: string): Promise<boolean> {
  return listenOnce(port, host).then(
    () => true,
    () => false,
  );
}

function listenOnce(port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host }, () => server.close(() => resolve()));
  });
}
