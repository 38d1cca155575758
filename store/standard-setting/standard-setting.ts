import { bindTo } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { addPanelist, closePanel, endPanelist, openPanel } from './panels.ts';
import { rateItem } from './rate.ts';
import { listOwnPanels, listPanels, readOwnPanel, readPanel } from './read.ts';
import { closeRound, openRound } from './rounds.ts';

/** Panels of experts, whose ratings propose a pass mark for the next version of an exam (docs/reporting.md, *Standard setting*). */
export function createStandardSettingStore(context: ExamContext) {
  const bind = bindTo(context);
  return {
    openPanel: bind(openPanel),
    addPanelist: bind(addPanelist),
    endPanelist: bind(endPanelist),
    closePanel: bind(closePanel),
    openRound: bind(openRound),
    closeRound: bind(closeRound),
    rate: bind(rateItem),
    list: bind(listPanels),
    read: bind(readPanel),
    listOwn: bind(listOwnPanels),
    readOwn: bind(readOwnPanel),
  };
}
