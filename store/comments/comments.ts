import { bindTo } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { addCommentFrom, readBank, retireCommentFrom, takeComment } from './bank.ts';
import { addCommentForAll, listComments, retireComment } from './of-exam.ts';

/** What graders of an item have at hand for their reasons (docs/marking.md, *Comments at hand*). */
export function createCommentStore(context: ExamContext) {
  const bind = bindTo(context);
  return {
    bank: bind(readBank),
    add: bind(addCommentFrom),
    retire: bind(retireCommentFrom),
    take: bind(takeComment),
    listForStaff: bind(listComments),
    addForAll: bind(addCommentForAll),
    retireForStaff: bind(retireComment),
  };
}
