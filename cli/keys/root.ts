import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { exportJWK, generateKeyPair } from 'jose';
import { rootThumbprint } from '../../publication/credentials/key-statement.ts';
import { CommandError, messageOf, type CommandContext } from '../command.ts';

export function addKeysRoot(group: Command, context: CommandContext): void {
  group
    .command('root')
    .description('make a root key, which signs off the keys that sign certificates; it belongs on no machine that serves anybody')
    .argument('<file>', 'where its private half is written; must not exist')
    .action(async (file: string) => {
      const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
      const root = await exportJWK(privateKey);
      try {
        await writeFile(file, `${JSON.stringify(root)}\n`, { mode: 0o600, flag: 'wx' });
      } catch (error) {
        throw new CommandError(`the root key is not written: ${messageOf(error)}`);
      }
      context.printError(`The private half is in ${file}: keep it offline, twice. ISSUER_ROOTS is its thumbprint:`);
      context.print(await rootThumbprint(root));
    });
}
