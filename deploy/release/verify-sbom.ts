import { createPublicKey } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { readArguments } from './arguments.ts';
import { verifyBill } from './attestation.ts';
import { runCommand } from './command.ts';

/**
 * `node deploy/release/verify-sbom.ts --image … --digest sha256:… --attestation sbom.intoto.json --key-file public.pem --output sbom.cdx.json`:
 * writes the bill of materials once it is known whose word it is and of what image, and nothing otherwise.
 */
await runCommand(async () => {
  const { image, digest, attestation, 'key-file': keyFile, output } = readArguments(['image', 'digest', 'attestation', 'key-file', 'output']);
  const said: unknown = JSON.parse(await readFile(attestation, 'utf8'));
  const bill = verifyBill({ attestation: said, image, digest, key: createPublicKey(await readFile(keyFile)) });
  await writeFile(output, `${JSON.stringify(bill, undefined, 2)}\n`);
  console.log(`${output} is the bill of materials of ${image}@${digest}`);
});
