import { appendFile } from 'node:fs/promises';
import { readArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { verifyRelease } from './released-image.ts';

/**
 * `node deploy/release/verify-release.ts --version 1.4.2 --repository OWNER/NAME --image … --output FILE`: writes digest, commit
 * and build of a release once its signature and its provenance are verified, and nothing otherwise.
 */
await runCommand(async () => {
  const { output, ...name } = readArguments(['version', 'repository', 'image', 'output']);
  const { digest, commit, buildId } = await verifyRelease(name);
  await appendFile(output, `digest=${digest}\ncommit=${commit}\nbuild=${buildId}\n`);
  console.log(`${name.image}:${name.version} is ${digest}, signed and built from ${commit}`);
});
