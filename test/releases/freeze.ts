import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { readCommandLine } from '../../platform/arguments.ts';
import { checksums, releasesDirectory } from './release.ts';

/**
 * `npm run freeze-release`, when a release is made: keeps, under its version, the recorded histories and what its builds
 * say to each other. Later code is held to both (releases.test.ts, contract/compatible.ts) and neither is ever made anew.
 */

const projectDirectory = fileURLToPath(new URL('../../', import.meta.url));

async function freeze(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(projectDirectory, 'package.json'), 'utf8')) as { version: string };
  const contract = await declaredContract();
  const directory = join(releasesDirectory, version);
  try {
    await mkdir(directory);
  } catch {
    throw new Error(`${version} is frozen already, and stays as it is: raise the version in package.json first`);
  }
  await writeFile(join(directory, 'contract.d.ts'), contract);
  await cp(join(projectDirectory, 'test/replay/histories'), join(directory, 'histories'), { recursive: true });
  await writeFile(join(directory, 'SHA256SUMS'), await checksums(directory));
  return version;
}

/** The compiler's declaration of contract/now.ts. */
async function declaredContract(): Promise<string> {
  const output = await mkdtemp(join(tmpdir(), 'certifiable-contract-'));
  try {
    const project = join(projectDirectory, 'test/releases/contract');
    const options = ['--noEmit', 'false', '--declaration', '--noErrorTruncation', '--emitDeclarationOnly', '--outDir', output];
    await promisify(execFile)(join(projectDirectory, 'node_modules/.bin/tsc'), ['-p', project, ...options]);
    const declaration = await readFile(join(output, 'test/releases/contract/now.d.ts'), 'utf8');
    if (declaration.includes('import')) throw new Error('the contract names a type of another file: expanded.ts must replace it');
    const filepath = join(releasesDirectory, 'contract.d.ts');
    return await format(declaration, { ...(await resolveConfig(filepath)), filepath });
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

readCommandLine('Usage: npm run freeze-release, without options', {});
try {
  const version = await freeze();
  console.log(`${version} is frozen in test/releases/${version}. Now hold the code to it: a type Since_… in test/releases/contract/compatible.ts.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
