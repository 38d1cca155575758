import { parseArgs } from 'node:util';

/** What the commands of this folder take, each held to its form before it is used: they come from people and from workflows. */
const FORMS = {
  environment: { form: /^(aws|azure)-(staging|production)$/, meaning: 'aws-staging, aws-production, azure-staging or azure-production' },
  digest: { form: /^sha256:[0-9a-f]{64}$/, meaning: 'sha256: and 64 hexadecimal digits' },
  build: { form: /^[0-9a-f]{12}$/, meaning: 'the first 12 digits of the commit' },
  version: { form: /^\d+\.\d+\.\d+$/, meaning: 'a version such as 1.4.2, without v' },
  repository: { form: /^[\w.-]+\/[\w.-]+$/, meaning: 'owner/name' },
  image: { form: /^[a-z0-9.-]+(\/[a-z0-9._-]+)+$/, meaning: 'a registry and a name, without tag' },
  commit: { form: /^[0-9a-f]{40}$/, meaning: 'a whole commit' },
  output: { form: /./, meaning: 'a file that results are added to as name=value' },
  sbom: { form: /./, meaning: 'a bill of materials, as npm run sbom writes it' },
  attestation: { form: /./, meaning: 'a file with an attestation' },
  'key-file': { form: /./, meaning: 'a file with a key in PEM' },
  url: { form: /^https?:\/\/\S+$/, meaning: 'a URL' },
  'token-file': { form: /./, meaning: 'a file with the token' },
  minutes: { form: /^\d+$/, meaning: 'whole minutes' },
} as const;

export type ArgumentName = keyof typeof FORMS;

/** Throws one sentence that names everything that is missing or wrong. */
export function readArguments<Name extends ArgumentName>(
  names: readonly Name[],
  args: readonly string[] = process.argv.slice(2),
): Record<Name, string> {
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...args], options });
  const wrong = names.filter((name) => !FORMS[name].form.test(values[name] ?? ''));
  if (wrong.length > 0) throw new Error(wrong.map((name) => `--${name} must be ${FORMS[name].meaning}`).join('; '));
  return values as Record<Name, string>;
}
