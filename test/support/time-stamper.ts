import { execFileSync, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A time stamping authority (RFC 3161) by openssl, with a certificate of an authority of its own. */

export const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

type Made = { readonly directory: string; readonly trustedFile: string; readonly trusted: string };

const EXTENSIONS = {
  stamps: 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n',
  servers: 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n',
};

/** Keys and certificates in a folder of their own. */
export async function makeTimeStamper({
  key = 'ec',
  purpose = 'stamps',
  days = 20,
}: { key?: 'rsa' | 'ec'; purpose?: keyof typeof EXTENSIONS; days?: number } = {}): Promise<Made> {
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-tsa-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const newKey = key === 'rsa' ? ['-newkey', 'rsa:2048'] : ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  openssl('req', '-x509', ...newKey, '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=An authority', '-days', '30');
  openssl('req', ...newKey, '-nodes', '-keyout', 'tsa.key', '-out', 'tsa.csr', '-subj', '/O=Elsewhere/CN=A time stamper');
  await writeFile(join(directory, 'extensions'), EXTENSIONS[purpose]);
  openssl(
    'x509',
    '-req',
    '-in',
    'tsa.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-extfile',
    'extensions',
    '-out',
    'tsa.pem',
    '-days',
    String(days),
  );
  await writeFile(join(directory, 'serial'), '01\n');
  await writeFile(
    join(directory, 'tsa.cnf'),
    `[tsa]\ndefault_tsa = one\n[one]\nserial = ${directory}/serial\nsigner_cert = ${directory}/tsa.pem\nsigner_key = ${directory}/tsa.key\nsigner_digest = sha256\n` +
      'default_policy = 1.2.3.4.1\ndigests = sha256, sha384, sha512\naccuracy = secs:1\nordering = yes\ntsa_name = yes\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n',
  );
  const trustedFile = join(directory, 'ca.pem');
  return { directory, trustedFile, trusted: await readFile(trustedFile, 'utf8') };
}

/** The time of an entry in the files of `openssl ca`. */
const opensslTime = (at: Date) =>
  at
    .toISOString()
    .replaceAll(/[-:T]|\.\d+/g, '')
    .slice(2);

/** A list by the authority of who stamps: its certificate was revoked then. As PEM. */
export async function revocationOf({ directory }: Pick<Made, 'directory'>, { at, reason }: { at: Date; reason?: string }): Promise<string> {
  const { serialNumber, validToDate } = new X509Certificate(await readFile(join(directory, 'tsa.pem')));
  const entry = ['R', opensslTime(validToDate), [opensslTime(at), reason].filter(Boolean).join(','), serialNumber, 'unknown', '/CN=A time stamper'];
  await writeFile(join(directory, 'index'), `${entry.join('\t')}\n`);
  await writeFile(
    join(directory, 'ca.cnf'),
    `[ca]\ndefault_ca = one\n[one]\ndatabase = ${directory}/index\ndefault_md = sha256\ndefault_crl_days = 30\n`,
  );
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe', encoding: 'utf8' });
  return openssl('ca', '-config', 'ca.cnf', '-gencrl', '-cert', 'ca.pem', '-keyfile', 'ca.key');
}

/** Answers as one does, on loopback. */
export async function startTimeStamper(options: Parameters<typeof makeTimeStamper>[0] = {}) {
  const made = await makeTimeStamper(options);
  const answer = (query: Buffer): Buffer => {
    writeFileSync(join(made.directory, 'query'), query);
    return execFileSync('openssl', ['ts', '-reply', '-config', 'tsa.cnf', '-queryfile', 'query'], { cwd: made.directory, stdio: 'pipe' });
  };
  const questions: Buffer[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const query = Buffer.concat(parts);
      questions.push(query);
      response.setHeader('content-type', 'application/timestamp-reply').end(answer(query));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    ...made,
    url: `http://127.0.0.1:${port}`,
    questions,
    answer,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
