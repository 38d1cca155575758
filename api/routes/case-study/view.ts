import type { z } from 'zod';
import { phaseOf } from '../../../domain/attempt.ts';
import { pointsFromMillipoints } from '../../../domain/points.ts';
import { Refusal } from '../../../domain/refusal.ts';
import { iso, isoOrNull } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import type { AttemptRecord } from '../../../store/attempt-rows.ts';
import type { caseStudyView } from './schemas.ts';

/** The case study of an attempt, of its record where it was just downloaded, from its download until its result. Refused with `wrong_phase` before and after. */
export async function readCaseStudy(
  { store }: Services,
  { attemptId, subject, started }: { attemptId: string; subject: string; started?: AttemptRecord | undefined },
): Promise<z.output<typeof caseStudyView>> {
  const record = started ?? (await store.attempts.read({ attemptId, subject }));
  const { facts, caseStudyId } = record;
  const phase = phaseOf(facts);
  const sitting = facts.sittings.case_study;
  if (!sitting || (phase !== 'case_study' && phase !== 'case_study_grading')) {
    throw new Refusal('wrong_phase', `The case study can be seen from its download until its result: the attempt is ${phase}.`, { phase });
  }
  const exam = await store.examVersions.contentOf(record.examVersionId);
  const caseStudy = exam.caseStudies.find((candidate) => candidate.id === caseStudyId);
  if (!caseStudy) throw new TypeError('a sitting names a case study of its exam version');
  return {
    attemptId,
    caseStudy: {
      id: caseStudy.id,
      title: caseStudy.title,
      brief: caseStudy.brief,
      // A whitelist: the description of a criterion says what a good solution has.
      rubric: caseStudy.rubric.map(({ id, title, millipoints }) => ({ id, title, points: pointsFromMillipoints(millipoints) })),
    },
    downloadedAt: iso(sitting.startedAt),
    deadline: iso(sitting.deadline),
    submittedAt: isoOrNull(sitting.frozenAt),
    serverTime: iso(facts.asOf),
  };
}
