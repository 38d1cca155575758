import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { smallExam } from '../trials/people/small-exam.ts';
import { formOf } from './form-of.ts';
import { parseExamForm } from './form.ts';

const sample: unknown = JSON.parse(readFileSync(new URL('software-architect.json', import.meta.url), 'utf8'));

it('a form read back means the same: the sample exam, and one with everything that a policy may say', () => {
  const full = {
    ...(sample as { readonly aptitudeTest: object; readonly caseStudies: object }),
    examId: 'full',
    version: 7,
    title: 'Everything',
    language: 'de-AT',
    policy: {
      passMarkPercent: 66.67,
      aptitudeLimit: 'PT1H1M1S',
      appealWindow: 'PT0S',
      marking: 'risk',
      risk: { limitPercent: 12.5, samplePercent: 0, newGraderScripts: 0, machineCheck: false },
      candidateReminders: { start: ['P30D', 'PT36H'], caseStudy: [] },
      extensionMax: 'P60D',
      metBefore: 'conflict',
      offerWiderPercent: 30,
      adjudication: 'always',
      seeds: { sharePercent: 2.5, standardisation: { scripts: 12, kappa: 0.65, kappaLowAbove: 0.29 } },
      identicalAnswers: 'folded',
    },
  };
  for (const form of [sample, full]) {
    const parsed = parseExamForm(form);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    const again = parseExamForm(JSON.parse(JSON.stringify(formOf(parsed.content))));
    expect(again.ok && again.content).toEqual(parsed.content);
  }
});

it('so does a version that was published before the policy had its newer members', () => {
  const content = smallExam();
  const again = parseExamForm(formOf(content));
  expect(again.ok && again.content).toEqual(content);
});
