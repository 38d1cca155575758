import type { RequestHandler } from 'express';
import { csvLine } from '../../../publication/csv.ts';
import type { Statement } from '../../../store/pay/statements.ts';
import { contextOf } from '../../request-context.ts';
import { paramsOf } from '../../route.ts';
import type { Services } from '../../services.ts';
import { ownParams, staffParams } from './schemas.ts';
import { rowsOf } from './view.ts';

/** The statement as CSV, for saving. */
export function sendOwnStatement({ store }: Pick<Services, 'store'>): RequestHandler {
  return async (request, response) => {
    const { actor } = contextOf(response);
    if (!actor) throw new TypeError('a route with roles is for somebody');
    const { month } = paramsOf(ownParams, request);
    send(response, await store.pay.statement({ grader: actor.subject, month }));
  };
}

export function sendStatement({ store }: Pick<Services, 'store'>): RequestHandler {
  return async (request, response) => {
    const { subject, month } = paramsOf(staffParams, request);
    send(response, await store.pay.statement({ grader: subject, month }));
  };
}

function send(response: Parameters<RequestHandler>[1], statement: Statement): void {
  response.attachment(`pay-${statement.month}.csv`).type('text/csv');
  response.send(
    rowsOf(statement)
      .map((cells) => csvLine(cells.map(asText)))
      .join(''),
  );
}

/** What staff wrote must not be a formula to whoever opens it in a spreadsheet; amounts are numbers. */
function asText(cell: string): string {
  return /^[=+@\t\r]|^-(?!\d+\.\d{2}$)/.test(cell) ? `'${cell}` : cell;
}
