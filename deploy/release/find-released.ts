import { appendFile } from 'node:fs/promises';
import { readArguments } from './arguments.ts';
import { runCommand } from './command.ts';
import { buildIdOf, commitOfTag, digestOf, isSigned, verifyRelease } from './released-image.ts';

/**
 * `node deploy/release/find-released.ts --version … --repository … --image … --output FILE`: what a release that runs again finds.
 * Writes the digest of an image that is released already, and an empty one where there is none or where an earlier run was
 * cut short before it signed. Fails if that version was released from another commit: a version is made once.
 */
await runCommand(async () => {
  const { output, ...name } = readArguments(['version', 'repository', 'image', 'output']);
  const commit = await commitOfTag(name.version);
  const found = await digestOf(name);
  const isReleased = found !== undefined && (await isSigned(name, found));
  if (isReleased) await verifyRelease(name);
  await appendFile(output, `digest=${isReleased ? found : ''}\ncommit=${commit}\nbuild=${buildIdOf(commit)}\n`);
  console.log(isReleased ? `${name.version} is released already, as ${found}` : `${name.version} is to be built from ${commit}`);
});
