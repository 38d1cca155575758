import { bindTo, type RecordContext } from '../context.ts';
import { addRate, listRates } from './rates.ts';
import { correctPay, issueStatement, readPay, readStatement } from './statements.ts';

/** What graders are paid (docs/marking.md, *Pay*). */
export function createPayStore(context: RecordContext) {
  const bind = bindTo(context);
  return {
    rates: bind(listRates),
    addRate: bind(addRate),
    read: bind(readPay),
    statement: bind(readStatement),
    issue: bind(issueStatement),
    correct: bind(correctPay),
  };
}
