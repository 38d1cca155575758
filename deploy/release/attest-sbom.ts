import { createPrivateKey } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { readArguments } from './arguments.ts';
import { attestBill } from './attestation.ts';
import { runCommand } from './command.ts';

/**
 * `node deploy/release/attest-sbom.ts --image … --digest sha256:… --sbom build/sbom.cdx.json --key-file key.pem --output sbom.intoto.json`:
 * for images that are built elsewhere than on GitHub.
 */
await runCommand(async () => {
  const { image, digest, sbom, 'key-file': keyFile, output } = readArguments(['image', 'digest', 'sbom', 'key-file', 'output']);
  const bill: unknown = JSON.parse(await readFile(sbom, 'utf8'));
  const attestation = attestBill({ image, digest, bill, key: createPrivateKey(await readFile(keyFile)) });
  await writeFile(output, `${JSON.stringify(attestation)}\n`);
  console.log(`${output} attests the bill of materials of ${image}@${digest}`);
});
