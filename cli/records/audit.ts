import type { Command } from 'commander';
import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { entryHash, LEDGER_SHARDS, type TreeHead } from '../../domain/ledger.ts';
import { GrowingTree } from '../../domain/merkle-tree.ts';
import { verifyTreeHead } from '../../publication/receipts.ts';
import type { LedgerAuditStore, RecordFinding } from '../../store/ledger/audit.ts';
import type { UnderivedRecord } from '../../store/ledger/derived.ts';
import { verifyTimeStamp } from '../../platform/timestamps/token.ts';
import { readTrusted, type Trusted } from '../../platform/timestamps/trusted.ts';
import { fromHex, hexOf, sha256, type EnteredRow } from '../../store/ledger/rows.ts';
import { JSON_OPTION } from '../arguments.ts';
import { CommandError, formatCount, printJson, REFUSED, type CommandContext } from '../command.ts';
import { askedKeys } from '../keys.ts';
import { readTextFile } from '../text-file.ts';

const NOTES = `
Every entry has the hash of what it says and names the one before it in its shard; every signed head verifies and has the root of the entries that it counts;
every record of a kind that the ledger keeps is as its newest entry has it. Entries that were removed, changed, moved or inserted, and records that were
changed, removed or written past the ledger, are named. Each deadline is derived again from start, policy, accommodations and acts of staff, and so are the
round and end of each test, when each attempt ended and by which pass it goes on: what stands otherwise is named, with the login that wrote it. What an erasure by two persons took away is accepted, and nothing else that looks like it. Whoever can rewrite a database can rewrite its ledger too: --heads compares it with heads that were
kept elsewhere. With --tsa the time stamps of heads are verified too: who stamped them saw them at the time that they say. Reads only, a page at a time. Exit code 1 when anything does not fit.`;

/** So many are named; all are counted, and with --json all are named. */
const SHOWN_MAX = 50;
const PROGRESS_EVERY = 100_000;

type Options = { readonly keys?: string; readonly heads?: string; readonly tsa?: string; readonly json?: true };

type LedgerAudit = {
  readonly entries: number;
  /** Written with their records, and without a place yet. */
  readonly pending: number;
  readonly heads: number;
  /** When the last head was signed, and how many entries it counts; null before the first. */
  readonly signed: { readonly size: number; readonly at: string } | null;
  /** Of ours, how many have a time stamp that verifies, and the newest of them; null where none was asked for. */
  readonly stamped: { readonly heads: number; readonly last: { readonly size: number; readonly at: string } | null } | null;
  readonly problems: readonly string[];
};

export function addAudit(records: Command, context: CommandContext): void {
  const command = records
    .command('audit')
    .description('check the ledger: each entry, each signed head, and each record against its entry')
    .option('--keys <url-or-file>', "the public keys of heads: the API's /.well-known/jwks.json, or a file (default: those of the local stack)")
    .option('--heads <file>', 'heads that were kept elsewhere, a JWS a line or as GET /v1/ledger/heads answers, which the ledger must have as well')
    .option('--tsa <file>', 'certificates that are trusted for time stamps, and lists of revoked ones (CRL), PEM: verifies the stamps of the heads')
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async ({ keys: source, heads: file, tsa, json }: Options) => {
      const { connections } = context;
      const keys = await askedKeys(command, context, source);
      const keptHeads = file === undefined ? [] : headsIn(await readTextFile(file), file);
      const trusted = tsa === undefined ? undefined : trustedIn(await readTextFile(tsa), tsa);
      const { ledgerAudit } = await connections.stores();
      const audit = await auditLedger({ ledger: ledgerAudit, keys, keptHeads, trusted, printError: context.printError });
      if (json) printJson(context, audit);
      else say(audit, context);
      if (audit.problems.length > 0) context.exitWith(REFUSED);
    });
}

const keptStamp = z.object({ token: z.base64() }).nullish();
const keptAnswer = z.object({ heads: z.array(z.object({ jws: z.string(), stamp: keptStamp })) });
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** The heads in a file of somebody's. What is no head says nothing about the ledger: it is refused. */
function headsIn(text: string, file: string): readonly KeptHead[] {
  const answer = text.trimStart().startsWith('{') ? keptAnswer.safeParse(jsonOrUndefined(text)).data : undefined;
  const heads =
    answer?.heads.map(({ jws, stamp }) => ({ jws, token: stamp ? Buffer.from(stamp.token, 'base64') : undefined })) ??
    text.split(/\s+/).flatMap((jws) => (jws === '' ? [] : [{ jws, token: undefined }]));
  if (heads.length === 0 || !heads.every(({ jws }) => COMPACT_JWS.test(jws)))
    throw new CommandError(`${file}: holds no heads of the ledger: give a JWS a line, or what GET /v1/ledger/heads answers`);
  return heads;
}

function trustedIn(text: string, file: string): Trusted {
  try {
    return readTrusted(text);
  } catch (error) {
    throw new CommandError(`${file}: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A compact JWS, and its time stamp token where it has one. */
type KeptHead = { readonly jws: string; readonly token: Uint8Array | undefined };

type AuditOptions = {
  readonly ledger: LedgerAuditStore;
  readonly keys: JSONWebKeySet;
  /** Of elsewhere. */
  readonly keptHeads?: readonly KeptHead[];
  /** Who stamps are believed of; absent: they are not looked at. */
  readonly trusted?: Trusted | undefined;
  readonly printError?: CommandContext['printError'];
};

/** Holds a page of entries at a time, the heads, and what does not fit. */
export async function auditLedger({ ledger, keys, keptHeads = [], trusted, printError = () => {} }: AuditOptions): Promise<LedgerAudit> {
  const problems: string[] = [];
  const heads = await readHeads(ledger, { keys, keptHeads, trusted, problems });
  const roots = headCheck(heads, problems);
  const chain = chainCheck(problems);
  const nodes = new Map((await ledger.nodes()).map(({ level, index, hash }) => [`${level}/${index}`, hash]));
  const tree = new GrowingTree(sha256);
  let entries = 0;
  for await (const page of ledger.entries()) {
    for (const entry of page) {
      chain(entry);
      tree.add(fromHex(entry.hash), ({ level, index }, hash) => {
        const kept = nodes.get(`${level}/${index}`);
        if (kept !== undefined && kept !== hexOf(hash)) problems.push(`subtree ${index} of level ${level}: its hash is not that of its entries`);
      });
      roots.at(tree);
    }
    if (Math.floor(entries / PROGRESS_EVERY) < Math.floor((entries + page.length) / PROGRESS_EVERY))
      printError(`${formatCount(entries + page.length)} entries checked`);
    entries += page.length;
  }
  roots.end(entries);
  for await (const { kind, findings } of ledger.records()) {
    problems.push(...findings.map(describeFinding));
    if (findings.length > 0) printError(`${kind}: ${formatCount(findings.length)} records do not fit`);
  }
  for await (const page of ledger.underived()) problems.push(...page.map(describeUnderived));
  problems.push(...(await ledger.unfoundedErasures()).map(describeUnfounded));
  for (const guard of await ledger.missingGuards()) problems.push(`the trigger ${guard} is missing or off`);
  const own = heads.filter(({ kept }) => !kept);
  const last = own.at(-1)?.head;
  return {
    entries,
    pending: await ledger.pending(),
    heads: own.length,
    signed: last ? { size: last.size, at: last.at } : null,
    stamped: trusted ? stampedOf(own) : null,
    problems,
  };
}

type ReadHead = { readonly name: string; readonly kept: boolean; readonly head: TreeHead; readonly stampedAt: Date | undefined };

function stampedOf(own: readonly ReadHead[]): LedgerAudit['stamped'] {
  const stamped = own.flatMap(({ head, stampedAt }) => (stampedAt ? [{ size: head.size, at: stampedAt.toISOString() }] : []));
  return { heads: stamped.length, last: stamped.at(-1) ?? null };
}

/** All that verify, ours and those of elsewhere. */
async function readHeads(
  ledger: LedgerAuditStore,
  { keys, keptHeads, trusted, problems }: Required<Pick<AuditOptions, 'keys' | 'keptHeads'>> & Pick<AuditOptions, 'trusted'> & { problems: string[] },
): Promise<readonly ReadHead[]> {
  const all = [
    ...(await ledger.heads()).map(({ number, jws, token }) => ({ name: `head ${number}`, kept: false, jws, token })),
    ...keptHeads.map(({ jws, token }, index) => ({ name: `kept head ${index + 1}`, kept: true, jws, token })),
  ];
  const read: ReadHead[] = [];
  for (const { name, kept, jws, token } of all) {
    try {
      const head = await verifyTreeHead(jws, keys);
      const stampedAt = trusted && token && readStamp({ name, head, jws, token, trusted, problems });
      read.push({ name, kept, head, stampedAt });
    } catch (error) {
      problems.push(`${name} does not verify: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return read;
}

/** So long after it was signed a head is the newest, and is stamped if anybody stamps at all; the clocks of two may differ by the other. */
const STAMPED_AFTER_MILLISECONDS = 25 * 3_600_000;
const CLOCKS_DIFFER_MILLISECONDS = 5 * 60_000;

type StampedHead = {
  readonly name: string;
  readonly head: TreeHead;
  readonly jws: string;
  readonly token: Uint8Array;
  readonly trusted: Trusted;
  readonly problems: string[];
};

/** When it was stamped. One that was signed anew, as of an earlier day, was stamped later than it can be. */
function readStamp({ name, head, jws, token, trusted, problems }: StampedHead): Date | undefined {
  try {
    const { at } = verifyTimeStamp({ token, data: Buffer.from(jws), trusted });
    const after = at.getTime() - Date.parse(head.at);
    if (after > STAMPED_AFTER_MILLISECONDS || after < -CLOCKS_DIFFER_MILLISECONDS)
      problems.push(`${name} says that it was signed at ${head.at}, and whoever stamped it saw it at ${at.toISOString()}`);
    return at;
  } catch (error) {
    problems.push(`${name} has a time stamp that does not verify: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Each entry in its place, with the hash of what it says, behind the one that it names. After one that is not, the chain goes on from what is there. */
function chainCheck(problems: string[]): (entry: EnteredRow) => void {
  let expected = 0;
  const shards = Array.from({ length: LEDGER_SHARDS }, () => ({ size: 0, head: '0'.repeat(64) }));
  return (entry) => {
    const { position, shard, shardIndex, previous, hash } = entry;
    const name = `entry ${position} (${entry.kind} ${entry.record}, ${entry.act})`;
    if (position > expected) problems.push(`entries ${expected} to ${position - 1} were removed`);
    if (hexOf(entryHash(sha256, entry)) !== hash) problems.push(`${name} was changed: its hash is not that of what it says`);
    const before = shards[shard];
    if (before && (shardIndex !== before.size || previous !== before.head))
      problems.push(`${name} does not follow the entry before it in shard ${shard}: that was changed, moved, removed or inserted`);
    shards[shard] = { size: shardIndex + 1, head: hash };
    expected = position + 1;
  };
}

/** Each head, when the tree has its size. */
function headCheck(heads: readonly ReadHead[], problems: string[]) {
  const bySize = Map.groupBy(heads, ({ head }) => head.size);
  let fitted = 0;
  return {
    at(tree: GrowingTree): void {
      const { size } = tree;
      const root = bySize.has(size) ? hexOf(tree.root) : undefined;
      for (const { name, head } of bySize.get(size) ?? []) {
        if (head.root === root) fitted = size;
        else
          problems.push(
            `${name} of ${head.at} was signed of other entries: of entries ${fitted} to ${size - 1} one was changed, moved, removed or inserted`,
          );
      }
    },
    end(entries: number): void {
      for (const { name, head } of heads)
        if (head.size > entries)
          problems.push(`${name} of ${head.at} counts ${head.size} entries, and there are ${entries}: the last ones were removed`);
    },
  };
}

function describeFinding({ kind, record, attemptId, what }: RecordFinding): string {
  const name = `${kind} ${record}${attemptId === null || kind === 'attempt' ? '' : ` of attempt ${attemptId}`}`;
  switch (what) {
    case 'changed':
      return `${name} was changed: it is not what its newest entry is the hash of`;
    case 'gone':
      return `${name} was removed, and its entries are there`;
    case 'without_entry':
      return `${name} has no entry: it was written past the ledger`;
  }
}

function describeUnderived({ kind, record, attemptId, of, stands, given, written }: UnderivedRecord): string {
  const name = `${kind} ${record}${attemptId === null || kind === 'attempt' ? '' : ` of attempt ${attemptId}`}`;
  const is = stands === null ? `${of} is not` : `${of} is ${stands}, and by the other records`;
  const writer = written ? `; its newest entry is of ${written.at}, by the login "${written.by}"` : '';
  return `${name}: ${is} ${given ?? 'nothing says so'}${writer}`;
}

function describeUnfounded({ position, kind, record, what }: Awaited<ReturnType<LedgerAuditStore['unfoundedErasures']>>[number]): string {
  const name = `${position === null ? 'an entry' : `entry ${position}`} (${kind} ${record})`;
  switch (what) {
    case 'nobodys':
      return `${name} says that its record was erased, and no erasure of its candidate did that`;
    case 'unsalted':
      return `${name} has lost its salt, and its record was never erased: nobody can tell what it was of`;
  }
}

function describeStamped({ heads, last }: NonNullable<LedgerAudit['stamped']>): string {
  if (last === null) return 'no head has a time stamp that verifies';
  return `${formatCount(heads)} heads have a time stamp that verifies; the last was seen at ${last.at}, over ${formatCount(last.size)} entries: what they count is no younger`;
}

function say({ entries, pending, heads, signed, stamped, problems }: LedgerAudit, { print, printError }: CommandContext): void {
  for (const problem of problems.slice(0, SHOWN_MAX)) printError(problem);
  if (problems.length > SHOWN_MAX) printError(`and ${formatCount(problems.length - SHOWN_MAX)} more`);
  const waiting = pending === 0 ? '' : `, ${formatCount(pending)} more wait for their place`;
  const upTo = signed ? `${formatCount(heads)} signed heads, the last of ${signed.at} over ${formatCount(signed.size)}` : 'no signed head yet';
  if (stamped) print(describeStamped(stamped));
  if (problems.length === 0) print(`${formatCount(entries)} entries${waiting}; ${upTo}: all records are as the ledger has them`);
  else printError(`${formatCount(problems.length)} problems in ${formatCount(entries)} entries${waiting}; ${upTo}`);
}
