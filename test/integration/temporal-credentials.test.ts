import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect, createSecureServer, constants, type Http2SecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readTemporalConfig } from '../../platform/temporal/settings.ts';
import { createLogger } from '../../platform/logging.ts';
import { createSecretKeeper } from '../../platform/secret-keeper.ts';
import { connectionOptions, createTemporalClient, keepTemporalKey } from '../../platform/temporal/client.ts';
import { installQuietRuntime } from '../support/runtime.ts';
import { temporalAddress } from '../support/temporal.ts';

// Temporal behind TLS that wants a client's certificate, as a cluster's front end or Temporal Cloud does. The dev server
// has no TLS: a proxy in front of it terminates it, and notes what each call brought along.

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const run = promisify(execFile);
const SERVER_NAME = 'temporal.certifiable.example';

let directory: string;
let proxy: Http2SecureServer;
let address: string;
let authorizations: (string | undefined)[] = [];

async function certificate(name: string, subject: string, { by }: { by?: string } = {}): Promise<void> {
  const flags = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1', '-subj', `/CN=${subject}`];
  const leaf = ['-addext', 'basicConstraints=critical,CA:FALSE'];
  const signer = by === undefined ? [] : ['-CA', join(directory, `${by}.pem`), '-CAkey', join(directory, `${by}.key`), ...leaf];
  const files = ['-keyout', join(directory, `${name}.key`), '-out', join(directory, `${name}.pem`), '-addext', `subjectAltName=DNS:${subject}`];
  await run('openssl', [...flags, ...signer, ...files]);
}

const pathOf = (file: string) => join(directory, file);
const settings = (more: Readonly<Record<string, string>> = {}) => ({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_TLS_CA_FILE: pathOf('authority.pem'),
  TEMPORAL_TLS_SERVER_NAME: SERVER_NAME,
  ...more,
});
const pair = () => ({ TEMPORAL_TLS_CERT_FILE: pathOf('client.pem'), TEMPORAL_TLS_KEY_FILE: pathOf('client.key') });

/** Hands one call on, trailers included: gRPC says in them how it went. */
function handOn(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  authorizations.push(headers.authorization);
  const upstream = connect(`http://${temporalAddress()}`);
  upstream.on('error', () => stream.destroy());
  const call = upstream.request(headers);
  call.on('response', (answer) => {
    stream.respond(answer, { waitForTrailers: true });
    call.pipe(stream);
  });
  let trailers: IncomingHttpHeaders = {};
  call.on('trailers', (received) => {
    trailers = received;
  });
  call.on('error', () => stream.destroy());
  call.on('close', () => upstream.close());
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.on('error', () => call.close(constants.NGHTTP2_CANCEL));
  stream.pipe(call);
}

beforeAll(async () => {
  if (!hasOpenssl) return;
  installQuietRuntime();
  directory = await mkdtemp(join(inject('temporaryDirectory'), 'tls-'));
  await certificate('authority', 'authority.certifiable.example');
  await certificate('server', SERVER_NAME, { by: 'authority' });
  await certificate('client', 'worker.certifiable.example', { by: 'authority' });
  const [cert, key, ca] = await Promise.all(['server.pem', 'server.key', 'authority.pem'].map((file) => readFile(pathOf(file))));
  proxy = createSecureServer({ cert, key, ca, requestCert: true, rejectUnauthorized: true });
  proxy.on('stream', handOn).on('sessionError', () => {});
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

afterAll(() => proxy?.close());

describe.skipIf(!hasOpenssl)('a connection to Temporal by mutual TLS (needs openssl)', () => {
  it('is made by client and worker with certificate, key and authority from files', async () => {
    const config = readTemporalConfig(settings(pair()));
    const client = createTemporalClient(config);
    await client.connection.ensureConnected();
    const { capabilities } = await client.workflowService.getSystemInfo({});
    expect(capabilities).toBeTruthy();
    await client.connection.close();
    const native = await NativeConnection.connect(connectionOptions(config));
    await native.workflowService.getSystemInfo({});
    await native.close();
  });

  it('is refused without the client’s certificate, and with a server that another authority vouches for', async () => {
    await expect(NativeConnection.connect(connectionOptions(readTemporalConfig(settings())))).rejects.toThrow();
    const config = readTemporalConfig(settings({ ...pair(), TEMPORAL_TLS_CA_FILE: pathOf('client.pem') }));
    await expect(NativeConnection.connect(connectionOptions(config))).rejects.toThrow();
  });
});

describe.skipIf(!hasOpenssl)('an API key of Temporal (needs openssl)', () => {
  it('that changed in its file goes with the next call of client and worker, on the connections that are there', async () => {
    const file = pathOf('api-key');
    await writeFile(file, 'first\n');
    const config = readTemporalConfig(settings({ ...pair(), TEMPORAL_API_KEY_FILE: file }));
    const secrets = createSecretKeeper({ secretFiles: config.secretFiles, logger: createLogger({ level: 'silent', service: 'test' }) });
    const native = await NativeConnection.connect(connectionOptions(config));
    const apiKey = await keepTemporalKey({ config, secrets, use: (key) => native.setApiKey(key) });
    const client = createTemporalClient(config, { apiKey });
    const callBoth = async () => {
      authorizations = [];
      await client.workflowService.getSystemInfo({});
      await native.workflowService.getSystemInfo({});
      return authorizations;
    };
    expect(new Set(await callBoth())).toEqual(new Set(['Bearer first']));
    await writeFile(file, 'second\n');
    await secrets.check();
    expect(new Set(await callBoth())).toEqual(new Set(['Bearer second']));
    secrets.stop();
    await client.connection.close();
    await native.close();
  });
});
