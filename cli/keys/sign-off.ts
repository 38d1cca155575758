import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { JWK } from 'jose';
import { multibaseOf, readKeyStatement, rootThumbprint, signKeyStatement, type StatedKey } from '../../publication/credentials/key-statement.ts';
import { instant, wrongArguments } from '../arguments.ts';
import { CommandError, messageOf, type CommandContext } from '../command.ts';

type Options = {
  readonly root: string;
  readonly issuer: string;
  readonly statement?: string;
  readonly known?: true;
  readonly add?: readonly string[];
  readonly from?: Date;
  readonly disown?: string;
  readonly disownedFrom?: Date;
};

const HELP = `
Prints ISSUER_KEYS: the statement of before (--statement) with what is added or disowned. An installation that had none begins with --known, which
asks the database for the keys that signed until now: look at each before you sign. All else needs the root key and no network.`;

export function addKeysSignOff(group: Command, context: CommandContext): void {
  group
    .command('sign-off')
    .description('sign, with the root key, which keys sign certificates, from when on, and which of them was stolen since when')
    .requiredOption('--root <file>', 'the root key, private half, as "certifiable keys root" wrote it')
    .requiredOption('--issuer <url>', 'PUBLIC_URL, whose certificates they sign')
    .option('--statement <file>', 'ISSUER_KEYS as it is')
    .option('--known', 'add the keys that signed until now, as the database has them')
    .option('--add <files...>', 'add the keys of these JWK Sets, such as CREDENTIAL_KEYS; private halves are not needed')
    .option('--from <instant>', 'what the added keys signed before is not ours; default: now', instant)
    .option('--disown <key>', 'a key that was stolen, z6Mk…')
    .option('--disowned-from <instant>', 'what it signed from then on is not ours', instant)
    .addHelpText('after', HELP)
    .action(async (options: Options, command: Command) => {
      if ((options.disown === undefined) !== (options.disownedFrom === undefined))
        wrongArguments(command, '--disown and --disowned-from go together');
      const root = await readJson<JWK>(options.root);
      const keys = new Map(await statedBefore(options, root));
      for (const key of await added(options, context)) if (!keys.has(key.publicKeyMultibase)) keys.set(key.publicKeyMultibase, key);
      disown(keys, options);
      if (keys.size === 0) wrongArguments(command, 'there is no key to sign off: --statement, --known or --add');
      for (const { publicKeyMultibase, from, disownedFrom } of keys.values())
        context.printError(`${publicKeyMultibase}  from ${from}${disownedFrom === undefined ? '' : `  STOLEN, disowned from ${disownedFrom}`}`);
      context.print(await signKeyStatement({ root, publicUrl: options.issuer, keys: [...keys.values()], at: new Date() }));
    });
}

/** By this root: a new root begins anew. */
async function statedBefore({ statement, issuer }: Options, root: JWK): Promise<Iterable<readonly [string, StatedKey]>> {
  if (statement === undefined) return [];
  return readKeyStatement({ statement: await readText(statement), roots: [await rootThumbprint(root)], publicUrl: issuer });
}

async function added({ known, add = [], from = new Date() }: Options, context: CommandContext): Promise<readonly StatedKey[]> {
  const sets = await Promise.all(add.map((file) => readJson<{ keys?: readonly JWK[] }>(file)));
  const given = await Promise.all(sets.flatMap(({ keys = [] }) => keys).map(multibaseOf));
  const signed = known ? await (await context.connections.stores()).certificates.keysThatSigned() : [];
  return [
    ...signed.map(({ publicKeyMultibase, firstUsedAt }) => ({ publicKeyMultibase, from: startOfDay(firstUsedAt) })),
    ...given.map((publicKeyMultibase) => ({ publicKeyMultibase, from: from.toISOString() })),
  ];
}

/** A certificate's date is that of its decision, which came a moment before the key was first seen at times. */
function startOfDay(at: Date): string {
  return `${at.toISOString().slice(0, 10)}T00:00:00.000Z`;
}

function disown(keys: Map<string, StatedKey>, { disown: stolen, disownedFrom }: Options): void {
  if (stolen === undefined || disownedFrom === undefined) return;
  const key = keys.get(stolen);
  if (!key) throw new CommandError(`${stolen} is none of the keys: ${[...keys.keys()].join(', ') || 'there is none'}`);
  if (key.disownedFrom !== undefined && new Date(key.disownedFrom) <= disownedFrom) return;
  keys.set(stolen, { ...key, disownedFrom: disownedFrom.toISOString() });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}`);
  }
}

/** What is wrong with it is not quoted: it may hold a private key. */
async function readJson<Value>(file: string): Promise<Value> {
  const text = await readText(file);
  try {
    return JSON.parse(text) as Value;
  } catch {
    throw new CommandError(`${file} is no JSON`);
  }
}
