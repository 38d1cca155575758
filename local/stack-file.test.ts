import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readRunningStack } from '../cli/stack.ts';
import { readStackFile, writeStackFile, type StackFile } from './stack-file.ts';

let folder: string;
let issuer: Server;
let stack: StackFile;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'certifiable-stack-'));
  issuer = createServer((_request, response) => response.end());
  await once(issuer.listen(0, '127.0.0.1'), 'listening');
  stack = {
    pid: process.pid,
    apiUrl: 'http://127.0.0.1:8080',
    uiUrl: undefined,
    issuerUrl: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`,
    tokens: { candidate: 'c', grader: 'g', designated: 'd', staff: 's', auditor: 'a' },
    environment: { DATABASE_URL: 'postgresql://certifiable:secret@127.0.0.1:54329/certifiable', TEMPORAL_ADDRESS: '127.0.0.1:7233' },
  };
});
afterAll(async () => {
  issuer.close();
  await rm(folder, { recursive: true });
});

it('what the stack leaves is found by other commands while it runs, and read by nobody but its owner', async () => {
  await writeStackFile(folder, stack);
  expect((await stat(join(folder, 'stack.json'))).mode & 0o777).toBe(0o600);
  const { apiUrl, environment } = stack;
  await expect(readRunningStack(join(folder, 'stack.json'))).resolves.toMatchObject({ apiUrl, environment });
  await expect(readStackFile(folder)).resolves.toMatchObject({ apiUrl, environment });
});

it('is not taken for one that runs when its process or its issuer is gone', async () => {
  await writeStackFile(folder, { ...stack, pid: 2 ** 22 + 1 });
  await expect(readRunningStack(join(folder, 'stack.json'))).resolves.toBeUndefined();
  await writeStackFile(folder, { ...stack, issuerUrl: 'http://127.0.0.1:1' });
  await expect(readRunningStack(join(folder, 'stack.json'))).resolves.toBeUndefined();
});

it('is refused when it is of another release', async () => {
  const { environment: _environment, ...older } = stack;
  await writeStackFile(folder, older as StackFile);
  await expect(readRunningStack(join(folder, 'stack.json'))).rejects.toThrow('restart it');
});
