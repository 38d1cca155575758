import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startTestApi, type TestApi } from '../test/support/api.ts';
import { ROLES, type Role } from './actor.ts';
import type { OpenApiDocument } from './openapi.ts';
import type { Route } from './route.ts';
import { routesOf } from './routes.ts';
import { isAboutSomebody, isAct, isOfOffice } from './separation-of-duties.ts';
import { dutyOf } from './two-persons.ts';
import type { Duty } from '../domain/duties.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

const HEAD = `# Who may do what

Every operation of the API by role, made from the OpenAPI document and the tables that the API acts by (\`domain/duties.ts\`, \`api/separation-of-duties.ts\`). A test
(\`api/who-may-do-what.test.ts\`) fails where this page is not what it makes; after a change that was meant: \`npx vitest run api/who-may-do-what.test.ts -u\`, and whoever reviews asks of each
changed row: **may they, and alone?** What each of them reads is in [who-sees-what.md](who-sees-what.md), why it takes two in [decision 23](decisions/0023-two-persons.md).

| | |
|---|---|
| ● | may, to others |
| own | may, of what is their own alone: their attempt, the script in their hands, their record |
| *of their own* | what becomes of it where it is about the person who asks, whatever other roles they have: \`refused\`, or \`left out\` of a list |
| *of whom they know* | the same, where they said that they know the candidate; \`too\`: also where they marked them, or put their certificate right, before |
| *persons* | 1; 2: one proposes, another confirms; 1–2: two where it is after the fact or of unknown origin; first, second: another must end what one begins; –: changes nothing; none: by the operator's setting |
`;

const PERSONS: Readonly<Record<Duty, string>> = {
  one: '1',
  two: '2',
  two_at_times: '1–2',
  first: 'first',
  second: 'second',
  undo: '1',
  by_setting: 'none',
  nobody: 'none',
};

it('docs/who-may-do-what.md says of every operation who may do it, to themselves and to others, and how many it takes', async () => {
  const document = (await api.withToken(undefined)('GET', '/openapi.json')).body as OpenApiDocument;
  const routes = new Map(routesOf(api.services).map((route) => [route.operationId, route]));
  const rows = Object.entries(document.paths ?? {}).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const { operationId = '', security } = operation as { operationId?: string; security?: readonly unknown[] };
      const route = routes.get(operationId);
      const name = `\`${method.toUpperCase()} ${path}\``;
      // The register and what else is for everybody asks nobody who they are.
      if (!route || route.roles.length === 0) return security?.length === 0 ? [] : [`| ${name} | ? |`];
      return [`| ${[name, ...ROLES.map((role) => mayOf(route, role)), ofTheirOwn(route), ofWhomTheyKnow(route), personsOf(route)].join(' | ')} |`];
    }),
  );
  expect(rows.length).toBeGreaterThan(120);
  const table = [
    `| operation | ${ROLES.join(' | ')} | of their own | of whom they know | persons |`,
    `|---|${'---|'.repeat(ROLES.length + 3)}`,
    ...rows.toSorted(),
  ];
  await expect(`${HEAD}\n${table.join('\n')}\n`).toMatchFileSnapshot('../docs/who-may-do-what.md');
});

function mayOf(route: Route, role: Role): string {
  if (!route.roles.includes(role)) return ' ';
  return isOfOffice(route) || isForAll(route) ? '●' : 'own';
}

/** What may be asked by whoever has any role, and is nobody's. */
function isForAll({ roles }: Route): boolean {
  return ROLES.every((role) => roles.includes(role));
}

function ofTheirOwn(route: Route): string {
  if (!isOfOffice(route)) return '–';
  if (isAboutSomebody(route)) return 'refused';
  return !isAct(route) && Object.values(route.answers).some(({ body }) => listsAttempts(body)) ? 'left out' : '–';
}

/** Whether an answer has a list whose rows say whose they are, as separateDuties reads it. */
function listsAttempts(body: z.ZodType | undefined): boolean {
  if (!(body instanceof z.ZodObject)) return false;
  return Object.values(body.shape).some(
    (field) =>
      field instanceof z.ZodArray &&
      field.element instanceof z.ZodObject &&
      ('attemptId' in field.element.shape || 'candidateId' in field.element.shape),
  );
}

function ofWhomTheyKnow(route: Route): string {
  if (!isOfOffice(route) || !isAct(route) || !isAboutSomebody(route)) return '–';
  const duty = dutyOf(route);
  if (duty === 'undo' || route.path.includes(':regradeId')) return '–';
  return duty === 'two' || duty === 'two_at_times' || route.path.includes(':actId') ? 'refused, too' : 'refused';
}

function personsOf(route: Route): string {
  if (!isAct(route)) return '–';
  return isOfOffice(route) ? PERSONS[dutyOf(route)] : '1';
}
