import { networkInterfaces } from 'node:os';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startDynamoDb } from './dynamodb.ts';

async function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 });
    const answer = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
  });
}

describe('the embedded DynamoDB', { timeout: 400_000 }, () => {
  it('listens on loopback alone, and is gone when it is stopped', async (context) => {
    const started = await startDynamoDb({ log: (line) => console.log(line) }).catch((error: unknown) => String(error));
    if (typeof started === 'string') return context.skip(started);
    const port = Number(new URL(started.endpoint).port);
    const elsewhere = Object.values(networkInterfaces()).flatMap((addresses = []) =>
      addresses.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
    );
    try {
      expect(await accepts('127.0.0.1', port)).toBe(true);
      for (const address of elsewhere) expect(await accepts(address, port)).toBe(false);
    } finally {
      await started.stop();
    }
    expect(await accepts('127.0.0.1', port)).toBe(false);
  });
});
