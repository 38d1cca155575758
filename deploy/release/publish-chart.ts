import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { run } from './run.ts';

/**
 * `node deploy/release/publish-chart.ts --version 1.4.2 --image REGISTRY/OWNER/charts --output FILE`: packages the chart and pushes it
 * under that name, once; writes its digest, also of one that was there already.
 */
await runCommand(async () => {
  const { version, image, output } = readArguments(['version', 'image', 'output']);
  const directory = await mkdtemp(join(tmpdir(), 'certifiable-chart-'));
  try {
    const digest = (await pulled({ version, image, directory })) ?? (await pushed({ version, image, directory }));
    await appendFile(output, `digest=${digest}\n`);
    console.log(`chart ${version} is ${digest}`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

type Chart = { version: string; image: string; directory: string };

async function pulled({ version, image, directory }: Chart): Promise<string | undefined> {
  try {
    return digestIn(await run('helm', ['pull', `oci://${image}/certifiable`, '--version', version, '--destination', directory]));
  } catch (error) {
    if (error instanceof Error && /not found|manifest unknown/i.test(error.message)) return undefined;
    throw error;
  }
}

async function pushed({ version, image, directory }: Chart): Promise<string> {
  await run('helm', ['package', 'deploy/helm/certifiable', '--version', version, '--app-version', version, '--destination', directory]);
  return digestIn(await run('helm', ['push', join(directory, `certifiable-${version}.tgz`), `oci://${image}`]));
}

/** Helm says it on one stream or the other, by its version. */
function digestIn({ stdout, stderr }: { stdout: string; stderr: string }): string {
  const digest = /^Digest:\s*(sha256:[0-9a-f]{64})$/m.exec(`${stdout}\n${stderr}`)?.[1];
  if (digest === undefined) throw new Error(`helm named no digest:\n${stdout}\n${stderr}`);
  return digest;
}
