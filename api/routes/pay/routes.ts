import { randomUUID } from 'node:crypto';
import { CURRENCY } from '../../../domain/pay.ts';
import { STAFF_READERS } from '../../actor.ts';
import { nameOfKey } from '../../idempotency.ts';
import { route, type Route } from '../../route.ts';
import type { Services } from '../../services.ts';
import { graderParams } from '../graders/schemas.ts';
import { sendOwnStatement, sendStatement } from './document.ts';
import * as schemas from './schemas.ts';
import { viewOfPay, viewOfRate, viewOfStatement } from './view.ts';

const own = '/v1/graders/me';
const ofStaff = '/v1/staff/graders/:subject';
const rates = '/v1/staff/pay-rates';
const graders = ['grader', 'designated'] as const;
const acting = ['staff'] as const;
const csv = { 200: { description: 'A line a row', mediaTypes: ['text/csv'], headers: ['Content-Disposition'] } } as const;

export function payRoutes(services: Services): readonly Route[] {
  return [...ownRoutes(services), ...readingRoutes(services), ...actingRoutes(services), ...rateRoutes(services)];
}

function ownRoutes(services: Services): readonly Route[] {
  const { store } = services;
  const tag = 'Graders';
  return [
    route({
      operationId: 'getOwnPay',
      method: 'get',
      path: `${own}/pay`,
      tag,
      summary: 'What you earned and is on no statement yet, with its evidence, and your statements',
      roles: graders,
      answers: { 200: { description: 'Your pay', body: schemas.pay } },
    }).handledBy(async ({ actor }) => ({ status: 200, body: viewOfPay(await store.pay.read(actor.subject)) })),
    route({
      operationId: 'getOwnPayStatement',
      method: 'get',
      path: `${own}/pay-statements/:month`,
      tag,
      summary: 'One of your pay statements, each line with its evidence',
      roles: graders,
      params: schemas.ownParams,
      answers: { 200: { description: 'As it was issued', body: schemas.payStatement } },
    }).handledBy(async ({ actor, params: { month } }) => ({
      status: 200,
      body: viewOfStatement(await store.pay.statement({ grader: actor.subject, month })),
    })),
    {
      operationId: 'getOwnPayDocument',
      method: 'get',
      path: `${own}/pay-statements/:month/document`,
      tag,
      summary: 'The same as CSV',
      roles: graders,
      params: schemas.ownParams,
      answers: csv,
      handlers: [sendOwnStatement(services)],
    },
  ];
}

function readingRoutes(services: Services): readonly Route[] {
  const { store } = services;
  const tag = 'Staff';
  return [
    route({
      operationId: 'getGraderPay',
      method: 'get',
      path: `${ofStaff}/pay`,
      tag,
      summary: 'What a grader earned and is on no statement yet, with its evidence, and their statements',
      roles: STAFF_READERS,
      params: graderParams,
      answers: { 200: { description: 'Their pay', body: schemas.pay } },
    }).handledBy(async ({ params: { subject } }) => {
      await store.graders.read(subject);
      return { status: 200, body: viewOfPay(await store.pay.read(subject)) };
    }),
    route({
      operationId: 'getPayStatement',
      method: 'get',
      path: `${ofStaff}/pay-statements/:month`,
      tag,
      summary: 'A pay statement, each line with its evidence',
      roles: STAFF_READERS,
      params: schemas.staffParams,
      answers: { 200: { description: 'As it was issued', body: schemas.payStatement } },
    }).handledBy(async ({ params: { subject, month } }) => ({
      status: 200,
      body: viewOfStatement(await store.pay.statement({ grader: subject, month })),
    })),
    {
      operationId: 'getPayDocument',
      method: 'get',
      path: `${ofStaff}/pay-statements/:month/document`,
      tag,
      summary: 'The same as CSV',
      roles: STAFF_READERS,
      params: schemas.staffParams,
      answers: csv,
      handlers: [sendStatement(services)],
    },
  ];
}

function actingRoutes({ store }: Services): readonly Route[] {
  const tag = 'Staff';
  return [
    route({
      operationId: 'issuePayStatement',
      method: 'post',
      path: `${ofStaff}/pay-statements`,
      tag,
      summary: 'Issue the pay statement of a month that is over; from then on it never changes',
      description: 'It has all that ended by the end of that month and no statement had before, and every correction. Nobody issues their own.',
      roles: acting,
      params: graderParams,
      body: schemas.issuing,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: {
        200: { description: 'It was issued before', body: schemas.payStatement },
        201: { description: 'Issued', body: schemas.payStatement },
      },
      refusals: ['month_not_over', 'idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { subject }, body: { month, reason } }) => {
      const act = { actor: actor.subject, reason, actionKey: `pay-statement:${subject}:${month}` };
      const { statement, isNew } = await store.pay.issue({ grader: subject, month, act });
      return { status: isNew ? 201 : 200, body: viewOfStatement(statement) };
    }),
    route({
      operationId: 'correctPay',
      method: 'post',
      path: `${ofStaff}/pay-corrections`,
      tag,
      summary: 'Add an amount, or take one off: a line of the next statement, since issued ones never change',
      roles: acting,
      params: graderParams,
      body: schemas.correction,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 200: { description: 'What is due, with it', body: schemas.pay } },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, params: { subject }, body: { amount, reason }, idempotency }) => {
      const act = { actor: actor.subject, reason, actionKey: `pay-correction:${subject}:${nameOfKey(idempotency) ?? randomUUID()}` };
      await store.pay.correct({ grader: subject, cents: amount, act });
      return { status: 200, body: viewOfPay(await store.pay.read(subject)) };
    }),
  ];
}

function rateRoutes({ store }: Services): readonly Route[] {
  const tag = 'Staff';
  return [
    route({
      operationId: 'listPayRates',
      method: 'get',
      path: rates,
      tag,
      summary: 'What an hour and a piece are worth, every version, the newest first',
      roles: STAFF_READERS,
      answers: { 200: { description: 'All versions', body: schemas.payRates } },
    }).handledBy(async () => ({ status: 200, body: { currency: CURRENCY, rates: (await store.pay.rates()).map(viewOfRate) } })),
    route({
      operationId: 'addPayRate',
      method: 'post',
      path: rates,
      tag,
      summary: 'Set what an hour and a piece are worth from a date on',
      description: 'Work is paid by the newest version that held when it ended. What a statement has already stays as it is.',
      roles: acting,
      body: schemas.newRate,
      takesIdempotencyKey: true,
      keysOfActs: store.idempotencyKeys,
      answers: { 201: { description: 'The new version', body: schemas.payRate } },
      refusals: ['idempotency_key_reused'],
    }).handledBy(async ({ actor, body: { effectiveFrom, perHour, perPiece, reason }, idempotency }) => {
      const act = { actor: actor.subject, reason, actionKey: `pay-rate:${nameOfKey(idempotency) ?? randomUUID()}` };
      const rate = { effectiveFrom: new Date(effectiveFrom), perHour, perPiece };
      return { status: 201, body: viewOfRate(await store.pay.addRate({ rate, act })) };
    }),
  ];
}
