import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compileCache } from '../../local/environment.ts';
import { newKey } from '../support/credentials.ts';
import { issuerKeysFor } from '../support/issuer-keys.ts';

/** Everything that these processes need. Nothing listens at these addresses: none of them gets so far. */
const ENVIRONMENT = {
  DATABASE_URL: 'postgresql://nobody:hunter2@127.0.0.1:1/nothing',
  TEMPORAL_ADDRESS: '127.0.0.1:1',
  RECEIPT_KEYS:
    '{"keys":[{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
  ...(await issuerKeysFor({ keys: JSON.stringify({ keys: [await newKey()] }), publicUrl: 'http://localhost:8080' })),
  OIDC_ISSUER: 'http://127.0.0.1:1',
  OIDC_AUDIENCE: 'test',
  UPLOAD_DIRECTORY: '/tmp/certifiable-nothing',
  WORKER_BUILD_ID: 'test',
  WORKER_HTTP_PORT: '0',
  LOG_LEVEL: 'silent',
};

const API = { script: 'api/main.ts', args: [] };
const POOL = { script: 'workers/main.ts', args: ['--pool', 'intake'] };
const MIGRATE = { script: 'prisma/migrate.ts', args: [] };

type Process = { readonly script: string; readonly args: readonly string[] };
type Planted = { readonly builtin: string; readonly name: string };

/** A function of Node's that is none any more, so that whoever calls it throws a TypeError. */
function planted({ builtin, name }: Planted): readonly string[] {
  const code = `import builtin from '${builtin}'; import { syncBuiltinESMExports } from 'node:module'; builtin.${name} = undefined; syncBuiltinESMExports();`;
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

function run(
  { script, args }: Process,
  { defect, environment = {} }: { defect?: Planted; environment?: Readonly<Record<string, string>> },
): Promise<{ code: number | null; said: string }> {
  const file = fileURLToPath(new URL(`../../${script}`, import.meta.url));
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...(defect ? planted(defect) : []), file, ...args],
      { env: { ...compileCache(), ...ENVIRONMENT, ...environment } },
      (_error, _stdout, stderr) => resolve({ code: child.exitCode, said: stderr }),
    );
  });
}

describe('a defect in a process that starts', () => {
  it.each([
    { process: API, defect: { builtin: 'node:http', name: 'createServer' }, within: 'api/main.ts' },
    { process: POOL, defect: { builtin: 'node:http', name: 'createServer' }, within: 'workers/http.ts' },
    { process: MIGRATE, defect: { builtin: 'node:fs/promises', name: 'readdir' }, within: 'prisma/migrate.ts' },
  ])('shows where it is: $process.script', async ({ process, defect, within }) => {
    const { code, said } = await run(process, { defect });
    expect(code).toBe(1);
    expect(said).toContain(`TypeError: ${defect.name} is not a function`);
    expect(said).toMatch(new RegExp(`^ +at .*${within}:\\d+`, 'm'));
  });
});

describe('a setting that turns out to be unusable', () => {
  it.each([
    { process: API, problem: 'whose first key', keys: '{"keys":[{"kty":"OKP","x":"c2VjcmV0LXNlY3JldA"}]}' },
    { process: POOL, problem: 'whose first key', keys: '{"keys":[{"kty":"OKP","crv":"Ed25519","d":"c2VjcmV0LXNlY3JldA","x":"AA"}]}' },
    { process: POOL, problem: 'JSON Web Key Set', keys: 'c2VjcmV0LXNlY3JldA' },
  ])('is one line, which does not quote it: $process.script, $problem', async ({ process, problem, keys }) => {
    const { code, said } = await run(process, { environment: { RECEIPT_KEYS: keys } });
    expect(code).toBe(1);
    expect(said).toMatch(/^RECEIPT_KEYS must be [^\n]+\n$/);
    expect(said).toContain(problem);
    expect(said).not.toContain('c2VjcmV0');
  });

  it('is said without a stack when it is the command line', async () => {
    const { code, said } = await run({ ...POOL, args: ['--pol', 'intake'] }, {});
    expect(code).toBe(1);
    expect(said).toContain("'--pol'");
    expect(said).not.toMatch(/^ +at /m);
  });
});

describe('a database that is away', () => {
  it('is told without a stack by what migrates it, and without its password', async () => {
    const { code, said } = await run(MIGRATE, {});
    expect(code).toBe(1);
    expect(said).toContain("Can't reach database server");
    expect(said).not.toMatch(/^ +at /m);
    expect(said).not.toContain('hunter2');
  });
});
