import { fileURLToPath } from 'node:url';
import { readArguments } from '../platform/arguments.ts';
import { Failure, runProcess } from '../platform/failure.ts';
import { readStackFile } from './stack-file.ts';
import { examplePeople, isRole, requestToken, roles, type Person } from './tokens.ts';

/** `npm run token -- ROLE [--subject S] [--name N]`: an access token from the issuer of the stack that `npm start` runs. */

const dataDirectory = fileURLToPath(new URL('../.certifiable', import.meta.url));
const tokenSeconds = 12 * 60 * 60;
const usage = `Usage: npm run -s token -- ${roles.join('|')} [--subject SUBJECT] [--name NAME]`;

function personFromArguments(): Person {
  const { positionals, values } = readArguments({
    allowPositionals: true,
    options: { subject: { type: 'string' }, name: { type: 'string' } },
  });
  const [role] = positionals;
  if (!isRole(role) || positionals.length !== 1) throw new Failure(usage);
  const example = examplePeople[role];
  const subject = values.subject ?? example.subject;
  return { subject, name: values.name ?? (values.subject === undefined ? example.name : subject), roles: example.roles };
}

async function main(): Promise<void> {
  const person = personFromArguments();
  const stack = await readStackFile(dataDirectory);
  if (!stack) throw new Failure('No stack is running here: start one with "npm start".');
  console.log(await requestToken(stack.issuerUrl, { ...person, expiresInSeconds: tokenSeconds }));
}

await runProcess(main);
