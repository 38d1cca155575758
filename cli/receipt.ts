import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import canonicalize from 'canonicalize';
import { decodeJwt, type JSONWebKeySet } from 'jose';
import { verifyReceipt, type ReceiptClaims } from '../publication/receipts.ts';

/**
 * `npm run receipt -- FILE [--keys URL_OR_FILE] [--content FILE]`: says whether a receipt is valid, or why not. FILE holds
 * the JSON that the API answered a submission with, or the bare JWS. Without --keys, the keys are fetched from the address
 * that the receipt names as its issuer, and that address is shown: a forger's receipt would name the forger's.
 */
export async function checkReceipt({
  file,
  keys,
  content,
}: {
  file: string;
  keys?: string | undefined;
  content?: string | undefined;
}): Promise<string> {
  const receipt = receiptIn(await readFile(file, 'utf8'));
  const claims = await verifyReceipt(receipt, await keySet(keys ?? keysOfIssuer(receipt)));
  if (content !== undefined) await checkContent(claims, content);
  return [
    `valid: signed by ${claims.issuer}`,
    `  attempt     ${claims.attemptId}`,
    `  test        ${claims.test}, round ${claims.round}`,
    `  submission  ${claims.submissionId}`,
    `  ${claims.cause === 'submitted' ? 'submitted  ' : 'timed out  '} ${claims.submittedAt}`,
    `  content     ${claims.contentHash}${content === undefined ? '' : ' (the content given has this hash)'}`,
  ].join('\n');
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
  if (typeof issuer !== 'string') throw new TypeError('the receipt names no issuer: pass --keys');
  return new URL('/.well-known/jwks.json', issuer).href;
}

async function keySet(source: string): Promise<JSONWebKeySet> {
  if (!/^https?:/.test(source)) return JSON.parse(await readFile(source, 'utf8')) as JSONWebKeySet;
  const response = await fetch(source);
  if (!response.ok) throw new Error(`${source} answered ${response.status}`);
  return (await response.json()) as JSONWebKeySet;
}

async function checkContent(claims: ReceiptClaims, file: string): Promise<void> {
  const bytes = await readFile(file);
  const hash = `sha-256:${createHash('sha256').update(hashedPart(claims.test, bytes)).digest('hex')}`;
  if (hash !== claims.contentHash) throw new Error(`${file} has the hash ${hash}, the receipt is for ${claims.contentHash}`);
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

if (import.meta.main) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { keys: { type: 'string' }, content: { type: 'string' } } });
  const [file] = positionals;
  if (file === undefined || positionals.length > 1) {
    console.error('usage: npm run receipt -- FILE [--keys URL_OR_FILE] [--content FILE]');
    process.exit(2);
  }
  try {
    console.log(await checkReceipt({ file, ...values }));
  } catch (error) {
    console.error(`not valid: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
