import { bindTo } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { listDrifts, ownDrift, settleDrift, watchDrift } from './drift.ts';
import { declareConflict, endConflict } from './conflicts.ts';
import { readItemQuality } from './item-quality.ts';
import { changeMailSettings, readMailSettings } from './mail-settings.ts';
import { writeToGraders } from './mails.ts';
import { expectGrader, meetGrader } from './meet.ts';
import { readMarkingQuality } from './quality.ts';
import { changeGrader, changeOwnRecord, listGraders, readGrader } from './records.ts';

/** Graders: who marks, and what binds them (docs/decisions/0012). */
export function createGraderStore(context: ExamContext) {
  const bind = bindTo(context);
  return {
    meet: bind(meetGrader),
    expect: bind(expectGrader),
    mailSettings: bind(readMailSettings),
    changeMailSettings: bind(changeMailSettings),
    writeTo: bind(writeToGraders),
    list: bind(listGraders),
    read: bind(readGrader),
    markingQuality: bind(readMarkingQuality),
    itemQuality: bind(readItemQuality),
    change: bind(changeGrader),
    changeOwn: bind(changeOwnRecord),
    declareConflict: bind(declareConflict),
    endConflict: bind(endConflict),
    watchDrift: bind(watchDrift),
    listDrifts: bind(listDrifts),
    ownDrift: bind(ownDrift),
    settleDrift: bind(settleDrift),
  };
}
