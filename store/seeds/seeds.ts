import { bindTo } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { confirmSeed, endSeed } from './change.ts';
import { listSeeds, listSeedsToConfirm, readSeedAgreement, readSeedScript } from './list.ts';
import { proposeSeed } from './propose.ts';
import { grantQualification, listStandardisations, readStandardisation } from './standardisation.ts';
import { readTrainedScripts } from './trained.ts';

/** Seeds: decided submissions with agreed marks, among the real ones and before them (docs/decisions/0018). */
export function createSeedStore(context: ExamContext) {
  const bind = bindTo(context);
  return {
    propose: bind(proposeSeed),
    confirm: bind(confirmSeed),
    end: bind(endSeed),
    list: bind(listSeeds),
    agreement: bind(readSeedAgreement),
    script: bind(readSeedScript),
    toConfirm: bind(listSeedsToConfirm),
    standardisation: bind(readStandardisation),
    standardisations: bind(listStandardisations),
    trained: bind(readTrainedScripts),
    grant: bind(grantQualification),
  };
}
