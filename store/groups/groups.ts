import { bindTo } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { endGroupMark, listGroups, markGroup, takeGroupMark } from './of-assignment.ts';
import { listGroupMarks } from './of-exam.ts';

/** Identical answers to one item, marked as a group by one grader (docs/marking.md, *Identical answers*). */
export function createGroupStore(context: ExamContext) {
  const bind = bindTo(context);
  return {
    list: bind(listGroups),
    mark: bind(markGroup),
    take: bind(takeGroupMark),
    end: bind(endGroupMark),
    listForStaff: bind(listGroupMarks),
  };
}
