import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Role } from '../../api/actor.ts';
import type { Route } from '../../api/route.ts';
import { routesOf } from '../../api/routes.ts';
import { registerRoutes } from '../../api/routes/register/routes.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { analyze, fillOpen, fillSettled, prepareRecords, type Shape } from '../../trials/benchmarks/growth-records.ts';
import { startTestApi, type TestApi } from '../support/api.ts';
import { grownBetween, rowsOfTables, rowsReadBy, type Rows } from '../support/rows-read.ts';

/** As in growth.test.ts: windows of time lie within the smaller size, and each grader has more marks than are looked at. */
const SHAPE: Shape = { weekly: 20, graders: 6, designated: 2 };
const [OPEN, SMALL, LARGE] = [200, 1500, 6000];

/** What reads more by design: bounded by a number that is larger than what there is here, or asked once in a while for all there is. */
const READS_ALL: Readonly<Record<string, string>> = {
  '/v1/staff/exams/:examId/item-quality': 'the newest 5,000 decisions of an exam (store/graders/item-quality.ts)',
};

type Ids = { readonly attemptId: string; readonly candidate: string; readonly params: Readonly<Record<string, string>> };

let api: TestApi;
let client: pg.Client;
const readings: Rows[] = [];
const answered: Record<string, number> = {};

beforeAll(async () => {
  api = await startTestApi();
  client = new pg.Client({ connectionString: api.services.config.DATABASE_URL });
  await client.connect();
  const context = { prisma: connectDatabase({ DATABASE_URL: api.services.config.DATABASE_URL, DATABASE_POOL_SIZE: 2 }), clock: postgresClock };
  await prepareRecords(client, createExamVersionStore(context), SHAPE);
  await context.prisma.$disconnect();
  await fillOpen(client, SHAPE, OPEN);
  const sizes: Rows[] = [];
  for (const [from, to] of [
    [1, SMALL],
    [SMALL + 1, LARGE],
  ] as const) {
    await fillSettled(client, SHAPE, { from, to });
    await analyze(client);
    while (await api.services.store.measures.tally());
    sizes.push(await rowsOfTables(client));
    const [small = {}, large] = sizes;
    readings.push(await readAll(large ? grownBetween(small, large) : new Set(Object.keys(small))));
  }
}, 300_000);

afterAll(async () => {
  await client?.end();
  await api?.close();
});

async function readAll(tables: ReadonlySet<string>): Promise<Rows> {
  const ids = await newest();
  const read: Record<string, number> = {};
  for (const route of [...registerRoutes(api.services), ...routesOf(api.services)].filter(({ method }) => method === 'get')) {
    const caller = callerFor(route, ids);
    const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(ids.params[name] ?? randomUUID()));
    read[route.path] = await rowsReadBy(
      async () => {
        answered[route.path] = (await caller('GET', path)).status;
      },
      { client, tables },
    );
  }
  return read;
}

/** Of the newest who is certified, whose records every size has. */
async function newest(): Promise<Ids> {
  const [row] = (
    await client.query<Record<string, string>>(
      `SELECT c.attempt_id AS "attemptId", k.subject AS candidate, k.id AS "candidateId", c.id AS "certificateId", b.id AS "submissionId", t.id AS "assignmentId"
       FROM certificate c JOIN candidate k ON k.id = c.candidate_id JOIN sitting s ON s.attempt_id = c.attempt_id AND s.test = 'aptitude' JOIN submission b ON b.sitting_id = s.id
         JOIN assignment t ON t.submission_id = b.id AND t.seat = 1 ORDER BY c.issued_at DESC LIMIT 1`,
    )
  ).rows;
  if (!row) throw new Error('somebody is certified');
  const { attemptId = '', candidate = '', ...others } = row;
  const month = new Date(Date.now() - 40 * 86_400_000).toISOString().slice(0, 7);
  return {
    attemptId,
    candidate,
    params: { ...others, attemptId, test: 'aptitude', examId: 'one', version: '1', subject: 'grader-4', grader: 'grader-4', month },
  };
}

const SUBJECTS: Partial<Readonly<Record<Role, string>>> = { grader: 'grader-4', designated: 'grader-1' };

function callerFor({ roles }: Route, { candidate }: Ids) {
  const role = roles.find((one) => one === 'staff') ?? roles[0];
  if (role === undefined) return api.withToken(undefined);
  return api.as(role === 'candidate' ? candidate : (SUBJECTS[role] ?? 'olga'), role);
}

it('no page that anybody asks for reads more as the years add up', () => {
  const [small = {}, large = {}] = readings;
  const grown = Object.entries(large)
    .filter(([path, rows]) => !(path in READS_ALL) && rows > 2 * (small[path] ?? 0) + 100)
    .map(([path, rows]) => `GET ${path}: ${small[path]} rows with ${SMALL} attempts that are over, ${rows} with ${LARGE}`);
  expect(grown).toEqual([]);
});

it('most of them answer with what was asked for, so that the above says something', () => {
  const of = (wanted: (status: number) => boolean) => Object.keys(answered).filter((path) => wanted(answered[path] ?? 0));
  expect(of((status) => status >= 500)).toEqual([]);
  expect(of((status) => status === 200).length).toBeGreaterThan(0.75 * Object.keys(answered).length);
});
