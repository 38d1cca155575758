import { text as readText } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { JSONWebKeySet } from 'jose';
import { erasureKeyOf, type ObjectStorage } from '../../platform/storage/object-storage.ts';
import { verifyListedErasure } from '../../publication/receipts.ts';
import { CommandError, formatCount, messageOf, REFUSED, type CommandContext } from '../command.ts';
import { askedKeys } from '../keys.ts';

const NOTES = `
After a restore the records have everybody again who was erased since the backup. Each erasure is listed in the storage of uploads, under "erasures/", signed
with the receipt keys, before anything of it is erased; here each that these records do not have is ordered again, and the pool "delivery" carries it out. As the
owner of the tables, whose login migrations use: nobody else may. May be repeated (docs/runbooks/restore-from-backup.md).`;

type Options = { readonly keys?: string; readonly actor: string };

export function addPrivacyReapply(privacy: Command, context: CommandContext): void {
  const command = privacy
    .command('reapply')
    .description('order again, after a restore, what was erased since the backup')
    .requiredOption('--actor <name>', 'who does it')
    .option(
      '--keys <url-or-file>',
      "the public keys of what is listed: the API's /.well-known/jwks.json, or a file (default: those of the local stack)",
    )
    .addHelpText('after', NOTES);
  command.action(async ({ actor, keys: source }: Options) => {
    const { connections } = context;
    const keys = await askedKeys(command, context, source);
    const { reapplyErasure } = await connections.stores();
    const by = { actor, reason: 'done before, and ordered again after a restore' };
    const counts = { standing: 0, unknown: 0, ordered: 0 };
    const problems: string[] = [];
    for await (const { id, erasure, problem } of listed(await connections.storage(), keys)) {
      if (erasure === undefined) {
        problems.push(`erasure ${id}: ${problem}`);
        continue;
      }
      const reapplied = await reapplyErasure({ erasure, by }).catch((error: unknown) => {
        throw isForbidden(error) ? new CommandError(OWNER_ALONE) : error;
      });
      if (reapplied.what === 'stopped') problems.push(`erasure ${id} of candidate ${erasure.candidateId} is stopped: ${reapplied.by.join(', ')}`);
      else counts[reapplied.what] += 1;
    }
    context.print(
      `${formatCount(counts.ordered)} ordered again, ${formatCount(counts.standing)} in these records already, ${formatCount(counts.unknown)} of whom these records do not have`,
    );
    for (const problem of problems) context.printError(problem);
    if (problems.length > 0) context.exitWith(REFUSED);
  });
}

const OWNER_ALONE = 'The owner of the tables alone orders an erasure again: set DATABASE_URL to the login by which migrations run.';

const isForbidden = (error: unknown) => error instanceof Error && /permission denied|only the owner of the database/.test(error.message);

/** What is not signed by us orders nothing: whoever may write into the storage may not erase. */
async function* listed(storage: ObjectStorage, keys: JSONWebKeySet) {
  for await (const id of storage.storedErasures()) {
    const { body } = await storage.read(erasureKeyOf(id));
    const jws = await readText(body);
    const erasure = await verifyListedErasure(jws, keys).catch((error: unknown) => messageOf(error));
    if (typeof erasure === 'string') yield { id, problem: `its signature does not verify: ${erasure}` };
    else if (erasure.id !== id) yield { id, problem: `it is signed as ${erasure.id}` };
    else yield { id, erasure };
  }
}
