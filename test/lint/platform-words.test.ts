import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** The words of design, section 2, and the roles. What knows one of them belongs to the product and not to platform/, which any service could have. */
const GLOSSARY = [
  'adjudicator',
  'appeal',
  'assessment',
  'assignment',
  'attempt',
  'auditor',
  'blueprint',
  'candidate',
  'certificate',
  'decision',
  'exam',
  'feedback',
  'grader',
  'grading',
  'item',
  'ledger',
  'mark',
  'publication',
  'regrade',
  'rubric',
  'sitting',
  'staff',
  'submission',
  'verifier',
];

/** "Response" and "form" are not in the list: HTTP and plain English have them too. These are other people's names. */
const NOT_OURS: readonly (readonly [file: string, text: string, why: string])[] = [
  ['storage/azure-storage.ts', 'blobItems', 'a field of the Azure SDK'],
  ['brokers/sqs-client.ts', 'maxAttempts', 'a setting of the AWS SDK'],
  ['brokers/kafka-partitions.ts', 'assignments', "Kafka's: partitions are assigned to consumers"],
  ['brokers/kafka-partitions.ts', 'assignment', "Kafka's: partitions are assigned to consumers"],
  ['brokers/kafka-source.ts', 'highWaterMark', 'a setting of streams'],
  ['temporal/client.ts', 'serverRootCACertificate', 'a setting of the Temporal SDK'],
  ...['token.ts', 'trusted.ts', 'revocations.ts'].flatMap((file) =>
    ['Certificate', 'certificate', 'certificates'].map((word) => [`timestamps/${file}`, word, 'of X.509'] as const),
  ),
];

const platform = fileURLToPath(new URL('../../platform', import.meta.url));

it('platform/ knows no word of the glossary', async () => {
  const found: string[] = [];
  const excused = new Set<string>();
  for (const file of await sourceFiles()) {
    const text = await readFile(join(platform, file), 'utf8');
    for (const [identifier] of text.matchAll(/[A-Za-z]+/g)) {
      if (!wordsOf(identifier).some((word) => GLOSSARY.includes(word))) continue;
      const excuse = NOT_OURS.find(([where, name]) => where === file && name === identifier);
      if (excuse) excused.add(excuse.join(' '));
      else found.push(`${file}: ${identifier}`);
    }
  }
  expect(found).toEqual([]);
  expect(excused).toEqual(new Set(NOT_OURS.map((excuse) => excuse.join(' '))));
});

/** "maxAttempts": "max", "attempt". */
function wordsOf(identifier: string): readonly string[] {
  return identifier.split(/(?=[A-Z])/).map((word) => word.toLowerCase().replace(/s$/, ''));
}

async function sourceFiles(): Promise<readonly string[]> {
  const files = await readdir(platform, { recursive: true });
  return files.filter((file) => /(?<!\.test)\.ts$/.test(file));
}
