import { CommandError } from '../../cli/command.ts';
import { readScripts } from '../../cli/marking/scripts-file.ts';
import { connectCommandStores } from '../../cli/stores.ts';
import { evidenceOf } from '../../domain/marking-evidence.ts';
import { fitMarkingModel, TooFewMarks } from '../../domain/marking-fit.ts';
import type { MarkingModel } from '../../domain/marking-model.ts';
import { CohortError } from './folder.ts';

/** The marking model that a cohort is played with, fitted on a file; and judged, as `certifiable marking-model fit` does. */

export type Trained = { readonly model: MarkingModel; readonly evidence: ReturnType<typeof evidenceOf> };

export async function trainOn(file: string): Promise<Trained> {
  try {
    const scripts = await readScripts(file);
    return { model: fitMarkingModel(scripts), evidence: evidenceOf(scripts) };
  } catch (error) {
    if (error instanceof CommandError) throw new CohortError(error.message);
    if (error instanceof TooFewMarks) throw new CohortError(`${file}: no model: ${error.message}`);
    throw error;
  }
}

/** In the database of a stack that is this cohort's alone. */
export async function activateTrained({ model, evidence }: Trained, databaseUrl: string): Promise<void> {
  const stores = connectCommandStores({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 1 });
  try {
    const by = { actor: 'cohort' };
    const { version } = await stores.markingModels.add({ model, evidence, ...by });
    await stores.markingModels.activate({ version, reason: 'to play the cohort by risk', ...by });
  } finally {
    await stores.close();
  }
}
