import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { JWK } from 'jose';
import {
  countersignKeyStatement,
  multibaseOf,
  readKeyStatement,
  rootThumbprint,
  signKeyStatement,
  type StatedKey,
} from '../../publication/credentials/key-statement.ts';
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
  readonly countersign?: string;
};

const HELP = `
Prints ISSUER_KEYS: the statement of before (--statement) with what is added or disowned. An installation that had none begins with --known, which
asks the database for the keys that signed until now: look at each before you sign. Where ISSUER_ROOTS asks for several roots ("2 of A,B"), the holder of
another one reads what the first has signed and adds a signature: --countersign, which changes nothing else. All else needs the root key and no network.`;

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
    .option('--countersign <file>', 'add the signature of this root to a statement that another one signed, as it is')
    .addHelpText('after', HELP)
    .action(async (options: Options, command: Command) => {
      if ((options.disown === undefined) !== (options.disownedFrom === undefined))
        wrongArguments(command, '--disown and --disowned-from go together');
      const root = await readJson<JWK>(options.root);
      if (options.countersign !== undefined) {
        if (CHANGES.some((name) => options[name] !== undefined))
          wrongArguments(command, '--countersign signs a statement as it is, and goes with no change of it');
        context.print(await countersigned(await readText(options.countersign), { root, issuer: options.issuer, context }));
        return;
      }
      const keys = new Map(await statedBefore(options, root));
      for (const key of await added(options, context)) if (!keys.has(key.publicKeyMultibase)) keys.set(key.publicKeyMultibase, key);
      disown(keys, options);
      if (keys.size === 0) wrongArguments(command, 'there is no key to sign off: --statement, --known or --add');
      sayKeys(keys.values(), context);
      context.print(await signKeyStatement({ root, publicUrl: options.issuer, keys: [...keys.values()], at: new Date() }));
    });
}

const CHANGES = ['statement', 'known', 'add', 'from', 'disown'] as const satisfies readonly (keyof Options)[];

/** What the second one signs is shown to them: all of it is theirs as well then. */
async function countersigned(statement: string, { root, issuer, context }: { root: JWK; issuer: string; context: CommandContext }): Promise<string> {
  const signed = await countersignKeyStatement({ statement, root });
  const stated = await readKeyStatement({ statement: signed, roots: { roots: [await rootThumbprint(root)], needed: 1 }, publicUrl: issuer });
  sayKeys(stated.values(), context);
  return signed;
}

function sayKeys(keys: Iterable<StatedKey>, context: CommandContext): void {
  for (const { publicKeyMultibase, from, disownedFrom } of keys)
    context.printError(`${publicKeyMultibase}  from ${from}${disownedFrom === undefined ? '' : `  STOLEN, disowned from ${disownedFrom}`}`);
}

/** By this root: a new root begins anew. */
async function statedBefore({ statement, issuer }: Options, root: JWK): Promise<Iterable<readonly [string, StatedKey]>> {
  if (statement === undefined) return [];
  return readKeyStatement({ statement: await readText(statement), roots: { roots: [await rootThumbprint(root)], needed: 1 }, publicUrl: issuer });
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
