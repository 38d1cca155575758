import { fileURLToPath } from 'node:url';
import { readCommandLine, refuseCommandLine } from '../platform/arguments.ts';
import { Failure, runProcess } from '../platform/failure.ts';
import { readStackFile } from './stack-file.ts';
import { examplePeople, isRole, requestToken, roles, type Person } from './tokens.ts';

/** `npm run token -- ROLE [--subject S] [--name N] [--email A]`: an access token from the issuer of the stack that `npm start` runs. */

const dataDirectory = fileURLToPath(new URL('../.certifiable', import.meta.url));
const tokenSeconds = 12 * 60 * 60;
const usage = `Usage: npm run -s token -- ${roles.join('|')} [--subject SUBJECT] [--name NAME] [--email ADDRESS]`;

function personFromArguments(): Person {
  const { positionals, values } = readCommandLine(usage, {
    allowPositionals: true,
    options: { subject: { type: 'string' }, name: { type: 'string' }, email: { type: 'string' } },
  });
  const [role] = positionals;
  if (!isRole(role) || positionals.length !== 1) refuseCommandLine(usage, ['one role is needed']);
  const { subject, name, email } = values;
  const { roles: held, ...example } = examplePeople[role];
  // Somebody else has another address: two people with one would read each other's mails.
  const person = subject === undefined ? example : { subject, name: subject, ...(isMailbox(subject) ? { email: `${subject}@people.example` } : {}) };
  return { ...person, ...(name === undefined ? {} : { name }), ...(email === undefined ? {} : { email }), roles: held };
}

function isMailbox(subject: string): boolean {
  return /^[\w.-]{1,64}$/.test(subject);
}

async function main(): Promise<void> {
  const person = personFromArguments();
  const stack = await readStackFile(dataDirectory);
  if (!stack) throw new Failure('No stack is running here: start one with "npm start".');
  console.log(await requestToken(stack.issuerUrl, { ...person, expiresInSeconds: tokenSeconds }));
}

await runProcess(main);
