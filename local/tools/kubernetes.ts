import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runLongCommand } from '../long-command.ts';
import type { ObtainOptions } from './obtain.ts';

const MODULE = 'k8s.io/kubernetes';

/** The programs of one version of Kubernetes, such as `kube-apiserver`, built into a folder. */
export async function buildKubernetes(
  programs: readonly string[],
  { version, directory, ...options }: ObtainOptions & { version: string },
): Promise<void> {
  const source = join(directory, 'module');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, 'go.mod'), await moduleOfOurOwn(version));
  for (const program of programs) {
    const flags = `-ldflags=-s -w -X k8s.io/component-base/version.gitVersion=v${version}`;
    await runLongCommand({
      command: 'go',
      // `mod`: the sums of all that it requires are asked of Go's checksum database as it is downloaded.
      args: ['build', '-C', source, '-mod=mod', flags, '-o', join(directory, program), `${MODULE}/cmd/${program}`],
      progress: `${program} ${version}: building from source`,
      timeoutSeconds: 90 * 60,
      ...options,
    });
  }
  await rm(source, { recursive: true });
}

/**
 * Its authors keep parts of it in folders beside it and replace them by these, which `go install` refuses; the same parts are published
 * as modules, those of 1.37.2 as 0.37.2.
 */
async function moduleOfOurOwn(version: string): Promise<string> {
  const parts = (await partsOf(version)).map((path) => `replace ${path} => ${path} v0.${version.replace(/^1\./, '')}`);
  return ['module kubernetes', 'go 1.26.0', `require ${MODULE} v${version}`, ...parts, ''].join('\n');
}

async function partsOf(version: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', `${MODULE}@v${version}`], { maxBuffer: 2 ** 24 });
  const { GoMod } = JSON.parse(stdout) as { GoMod: string };
  return [...(await readFile(GoMod, 'utf8')).matchAll(/^\t(\S+) v0\.0\.0$/gm)].flatMap(([, path]) => path ?? []);
}
