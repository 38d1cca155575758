import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import canonicalize from 'canonicalize';
import type { Command } from 'commander';
import { decodeJwt } from 'jose';
import { verifyReceipt, type ReceiptClaims } from '../../publication/receipts.ts';
import { JSON_OPTION } from '../arguments.ts';
import { CANNOT_TELL, CommandError, messageOf, printJson, REFUSED, type CommandContext } from '../command.ts';
import { readKeys } from '../keys.ts';

const NOTES = `
Without --keys, the keys are fetched from the address that the receipt names as its issuer, and that address is shown: a
forger's receipt would name the forger's. Exit code 0: valid. 1: not valid. 3: it cannot be told, since the file, the content or
the keys cannot be read.`;

type Options = { readonly keys?: string; readonly content?: string; readonly json?: true };

type ReceiptVerdict =
  { readonly outcome: 'valid'; readonly claims: ReceiptClaims } | { readonly outcome: 'not valid' | 'cannot tell'; readonly reason: string };

export function addReceiptCheck(receipt: Command, context: CommandContext): void {
  receipt
    .command('check')
    .description('say whether the receipt of a submission is valid, or why not')
    .argument('<file>', 'the JSON that the API answered a submission with, or the bare JWS')
    .option('--keys <url-or-file>', "the public keys: the API's /.well-known/jwks.json, or a file that holds the same")
    .option('--content <file>', 'the answers as JSON by item, or the uploaded file: whether the receipt is for them')
    .option(...JSON_OPTION)
    .addHelpText('after', NOTES)
    .action(async (file: string, { json, ...given }: Options) => {
      const verdict = await checkReceipt({ file, ...given });
      if (json) printJson(context, verdict.outcome === 'valid' ? { outcome: verdict.outcome, ...verdict.claims } : verdict);
      else if (verdict.outcome === 'valid') for (const line of linesOf(verdict.claims, given)) context.print(line);
      else context.printError(`${verdict.outcome}: ${verdict.reason}`);
      if (verdict.outcome !== 'valid') context.exitWith(verdict.outcome === 'not valid' ? REFUSED : CANNOT_TELL);
    });
}

/** That keys or files cannot be read says nothing about the receipt. */
export async function checkReceipt({
  file,
  keys,
  content,
}: {
  file: string;
  keys?: string | undefined;
  content?: string | undefined;
}): Promise<ReceiptVerdict> {
  try {
    const receipt = receiptIn((await readBytes(file)).toString('utf8'));
    const claims = await verifyReceipt(receipt, await readKeys(keys ?? keysOfIssuer(receipt)));
    if (content !== undefined) checkContent(claims, await readBytes(content));
    return { outcome: 'valid', claims };
  } catch (error) {
    if (error instanceof CommandError) return { outcome: 'cannot tell', reason: error.message.replace(/^cannot tell: /, '') };
    return { outcome: 'not valid', reason: messageOf(error) };
  }
}

function linesOf(claims: ReceiptClaims, { content }: Pick<Options, 'content'>): readonly string[] {
  return [
    `valid: signed by ${claims.issuer}`,
    `  attempt     ${claims.attemptId}`,
    `  test        ${claims.test}, round ${claims.round}`,
    `  submission  ${claims.submissionId}`,
    `  ${claims.cause === 'submitted' ? 'submitted  ' : 'timed out  '} ${claims.submittedAt}`,
    `  content     ${claims.contentHash}${content === undefined ? '' : ' (the content given has this hash)'}`,
  ];
}

async function readBytes(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}`, CANNOT_TELL);
  });
}

function receiptIn(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return trimmed;
  const { receipt } = JSON.parse(trimmed) as { receipt?: unknown };
  if (typeof receipt !== 'string') throw new TypeError('the file holds JSON, but no "receipt"');
  return receipt;
}

function keysOfIssuer(receipt: string): string {
  const { issuer } = decodeJwt<{ issuer?: string }>(receipt);
  if (typeof issuer === 'string' && /^https?:$/.test(URL.parse(issuer)?.protocol ?? '')) return new URL('/.well-known/jwks.json', issuer).href;
  throw new CommandError('the receipt names no address of its issuer: pass --keys', CANNOT_TELL);
}

function checkContent(claims: ReceiptClaims, bytes: Buffer): void {
  const hash = `sha-256:${createHash('sha256').update(hashedPart(claims.test, bytes)).digest('hex')}`;
  if (hash !== claims.contentHash) throw new Error(`the content has the hash ${hash}, the receipt is for ${claims.contentHash}`);
}

/** The answers as JSON by item, hashed canonically; or the uploaded file, hashed as it is. */
function hashedPart(test: ReceiptClaims['test'], content: Buffer): string | Buffer {
  switch (test) {
    case 'aptitude':
      return canonicalize(JSON.parse(content.toString('utf8'))) ?? '';
    case 'case_study':
      return content;
  }
}
