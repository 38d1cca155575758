import type { z } from 'zod';
import { cardinalityOf, type ExamContent, type Item } from '../../../domain/exam.ts';
import { phaseOf } from '../../../domain/attempt.ts';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import { Refusal } from '../../../domain/refusal.ts';
import type { AttemptRecord } from '../../../store/attempt-rows.ts';
import type { SavedResponse } from '../../../store/sittings/autosave.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import type { aptitudeTest } from './schemas.ts';

type AptitudeTestView = z.output<typeof aptitudeTest>;

/** The test of an attempt, of its record where it was just started, from its start until its result. Refused with `wrong_phase` before and after. */
export async function readAptitudeTest(
  { store }: Services,
  { attemptId, subject, started }: { attemptId: string; subject: string; started?: AttemptRecord | undefined },
): Promise<AptitudeTestView> {
  const record = started ?? (await store.attempts.read({ attemptId, subject }));
  const phase = phaseOf(record.facts);
  const sitting = record.facts.sittings.aptitude;
  if (!sitting || (phase !== 'aptitude_test' && phase !== 'aptitude_grading')) {
    throw new Refusal('wrong_phase', `The aptitude test can be seen from its start until its result: the attempt is ${phase}.`, { phase });
  }
  const [exam, responses] = await Promise.all([
    store.examVersions.contentOf(record.examVersionId),
    started ? [] : store.sittings.responses(sitting.sittingId),
  ]);
  return viewOfTest({ record, sitting, exam, responses });
}

type Parts = {
  readonly record: AttemptRecord;
  readonly sitting: NonNullable<AttemptRecord['facts']['sittings']['aptitude']>;
  readonly exam: ExamContent;
  readonly responses: readonly SavedResponse[];
};

function viewOfTest({ record, sitting, exam, responses }: Parts): AptitudeTestView {
  return {
    attemptId: record.facts.attemptId,
    items: exam.items.map(viewOfItem),
    responses: responses.map(({ itemId, value, sequence, savedAt }) => ({
      itemId,
      value: typeof value === 'string' ? value : [...value],
      sequence,
      savedAt: iso(savedAt),
    })),
    startedAt: iso(sitting.startedAt),
    deadline: iso(sitting.deadline),
    submittedAt: isoOrNull(sitting.frozenAt),
    serverTime: iso(record.facts.asOf),
  };
}

/** A whitelist: what is not named here stays with us. */
function viewOfItem(item: Item): AptitudeTestView['items'][number] {
  const { id, prompt } = item;
  const points = pointsFromMillipoints(item.millipoints);
  switch (item.type) {
    case 'choice':
      return {
        id,
        type: 'choice',
        prompt,
        points,
        cardinality: cardinalityOf(item),
        choices: item.choices.map((choice) => ({ id: choice.id, text: choice.text })),
      };
    case 'text':
      return { id, type: 'text', prompt, points };
  }
}
