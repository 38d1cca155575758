import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { readArguments } from '../../platform/arguments.ts';

/**
 * Bytes from one place to another. A socket in the file system is the same inside and outside of a network namespace, so two of these make a
 * door between the machine's loopback and that of an engine or a container:
 *
 *   node deploy/engine/forward.ts --from PLACE --to PLACE    a PLACE is a port of loopback, an address with a port, or
 *                                                              the path of a socket
 */
export async function forward({ from, to }: { from: string; to: string }): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (coming) => {
    const going = connect({ ...addressOf(to), allowHalfOpen: true });
    coming.pipe(going).pipe(coming);
    // What breaks on one side is broken on the other: nobody waits for bytes that can't come.
    coming.on('error', () => undefined).on('close', () => going.destroy());
    going.on('error', () => undefined).on('close', () => coming.destroy());
  });
  if (isPath(from)) await rm(from, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(addressOf(from), resolve);
  });
  return server;
}

function addressOf(place: string): { path: string } | { host: string; port: number } {
  if (isPath(place)) return { path: place };
  const [, host = '127.0.0.1', port] = /^(?:(.+):)?(\d+)$/.exec(place) ?? [];
  return { host, port: Number(port) };
}

function isPath(place: string): boolean {
  return place.startsWith('/');
}

if (import.meta.main) {
  const { from, to } = readArguments({ options: { from: { type: 'string' }, to: { type: 'string' } } }).values;
  if (from === undefined || to === undefined) throw new Error('Usage: node deploy/engine/forward.ts --from PLACE --to PLACE');
  await forward({ from, to });
}
