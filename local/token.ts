import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readStackFile } from './stack-file.ts';
import { examplePeople, isRole, requestToken, roles, type Person } from './tokens.ts';

/** `npm run token -- ROLE [--subject S] [--name N]`: an access token from the issuer of the stack that `npm start` runs. */

const dataDirectory = fileURLToPath(new URL('../.certifiable', import.meta.url));
const tokenSeconds = 12 * 60 * 60;
const usage = `Usage: npm run -s token -- ${roles.join('|')} [--subject SUBJECT] [--name NAME]`;

function personFromArguments(): Person {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { subject: { type: 'string' }, name: { type: 'string' } },
  });
  const [role] = positionals;
  if (!isRole(role) || positionals.length !== 1) throw new Error(usage);
  const example = examplePeople[role];
  const subject = values.subject ?? example.subject;
  return { subject, name: values.name ?? (values.subject === undefined ? example.name : subject), roles: example.roles };
}

async function main(): Promise<string> {
  const person = personFromArguments();
  const stack = await readStackFile(dataDirectory);
  if (!stack) throw new Error('No stack is running here: start one with "npm start".');
  return requestToken(stack.issuerUrl, { ...person, expiresInSeconds: tokenSeconds });
}

try {
  console.log(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
