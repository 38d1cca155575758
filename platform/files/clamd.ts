import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';

/** What ClamAV says of a file: undefined when it is clean, else the name of what it found. */
export type Scanner = { readonly findingIn: (file: AsyncIterable<Uint8Array>) => Promise<string | undefined> };

/** The scanner does not answer, or not rightly: nothing is known of the file, and the same call may be made again. */
export class ScannerUnavailable extends Error {
  constructor(why: string, options?: ErrorOptions) {
    super(`the scanner for malware is not available: ${why}`, options);
    this.name = 'ScannerUnavailable';
  }
}

/** Without a sign of life for so long it is away. A file of 200 MiB is scanned within it. */
const SILENCE_MILLISECONDS = 60_000;
const REPLY_BYTES_MAX = 4096;
const INSTREAM = 'zINSTREAM\0';
/** With AlertExceedsMax it says so; without, what lies beyond its limits is "OK". */
const LIMITS_EXCEEDED = 'Heuristics.Limits.Exceeded';
const REPLY = /^stream: (?:(OK)|(.+) FOUND)$/;

/** Undefined when it is none. */
export function readClamdUrl(text: string): NetConnectOpts | undefined {
  const url = URL.parse(text);
  if (url?.protocol === 'unix:' && url.host === '' && url.pathname.length > 1) return { path: url.pathname };
  if (url?.protocol === 'tcp:' && url.hostname !== '' && url.port !== '' && url.pathname.length < 2) {
    return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) };
  }
  return undefined;
}

/** ClamAV's daemon by its own protocol, INSTREAM: pieces with their length before them, then an empty one, then one line back. */
export function createClamd(url: string): Scanner {
  const address = readClamdUrl(url);
  if (!address) throw new RangeError('not the URL of a clamd');
  return {
    async findingIn(file) {
      const socket = connect(address);
      socket.setTimeout(SILENCE_MILLISECONDS, () => socket.destroy(new Error('it does not answer')));
      const reply = replyOf(socket);
      // It is awaited below; a failure before that is one of the connection, which the sending meets too.
      reply.catch(() => {});
      try {
        await send(socket, file);
        return findingOf(await reply);
      } finally {
        socket.destroy();
      }
    },
  };
}

/** What the file's own reading throws stays as it is: it is no fault of the scanner's. */
async function send(socket: Socket, file: AsyncIterable<Uint8Array>): Promise<void> {
  await write(socket, Buffer.from(INSTREAM));
  for await (const piece of file) {
    if (socket.destroyed) return;
    if (piece.length === 0) continue;
    await write(socket, lengthOf(piece.length));
    await write(socket, piece);
  }
  await write(socket, lengthOf(0));
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}

/** Once it has answered or gone, what is still to be sent is thrown away: the answer says why. */
async function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  if (socket.destroyed || !socket.writable || socket.write(bytes)) return;
  const settled = new AbortController();
  const either = ['drain', 'close'].map((event) => once(socket, event, { signal: settled.signal }));
  await Promise.race(either).catch(() => {});
  settled.abort();
  for (const other of either) other.catch(() => {});
}

async function replyOf(socket: Socket): Promise<string> {
  let reply = '';
  try {
    for await (const piece of socket) {
      reply += String(piece);
      if (reply.includes('\0') || reply.length > REPLY_BYTES_MAX) break;
    }
  } catch (error) {
    throw new ScannerUnavailable(error instanceof Error ? error.message : 'the connection broke', { cause: error });
  }
  return reply.replace(/\0.*$/s, '');
}

function findingOf(reply: string): string | undefined {
  const [, clean, finding] = REPLY.exec(reply) ?? [];
  if (clean !== undefined) return undefined;
  if (finding?.startsWith(LIMITS_EXCEEDED)) throw new ScannerUnavailable(`it did not look at all of the file ("${finding}"): its limits are too low`);
  if (finding !== undefined) return finding;
  throw new ScannerUnavailable(reply === '' ? 'it ended without an answer' : `it says "${reply.slice(0, 200)}"`);
}
