import { funnelReport } from '../../domain/funnel-report.ts';
import { markingQualityReport, type DoubleMark } from '../../domain/marking-quality-report.ts';
import { moneyReport, type PayableWork } from '../../domain/money-report.ts';
import { operationsReport } from '../../domain/operations-report.ts';
import type { PeriodContent } from '../../domain/report-tables.ts';
import type { Period, PeriodReportKind } from '../../domain/report.ts';
import { seededRandom, type Random } from '../../trials/people/random.ts';

const DAY = 86_400_000;
const TESTS = ['aptitude', 'case_study'] as const;
const GRADERS = ['ada', 'ben', 'cleo', 'dirk', 'eva'] as const;

/** Reports of drawn facts: something in every table. Another seed draws others. */
export const DRAWN_REPORTS: Readonly<Record<PeriodReportKind, (period: Period, seed?: string) => PeriodContent>> = {
  operations: (period, seed = '') => {
    const random = seededRandom('report', `operations${seed}`);
    const drawn = Array.from({ length: 240 }, (_none, index) => {
      const decidedAt = new Date(period.since.getTime() + random() * 7 * DAY);
      const days = 1 + 5 * random() + (random() < 0.06 ? 3 : 0);
      const submittedAt = new Date(decidedAt.getTime() - days * DAY);
      return {
        examVersion: 'small@1',
        test: TESTS[index % 2] ?? 'aptitude',
        submittedAt,
        decidedAt,
        promisedSeconds: 7 * 86_400,
        expectedBy: new Date(submittedAt.getTime() + 5 * DAY),
      };
    });
    const waiting = drawn.slice(0, 40).map((one, index) => ({ ...one, submittedAt: new Date(period.until.getTime() - index * 0.2 * DAY) }));
    const changes = [true, false].map((passedBefore) => ({
      examVersion: 'small@1',
      test: 'aptitude' as const,
      change: 'regrade' as const,
      passed: true,
      passedBefore,
    }));
    const risk = {
      from: period.until.getTime() + 9 * DAY,
      why: 'demand' as const,
      help: { hoursMoreAWeek: 12, designatedHoursMoreAWeek: null, riskLimit: null },
    };
    const forecasts = [
      { examId: 'small', language: 'en', test: 'aptitude' as const, underGrading: 40, resultSeconds: 400_000, promisedSeconds: 604_800, risk },
    ];
    return operationsReport({ results: drawn, waiting, changes, work: workOf(random, 60), forecasts }, period);
  },
  money: (_period, seed = '') => {
    const random = seededRandom('report', `money${seed}`);
    const work = workOf(random, 120);
    const each = { mark: 1200, adjudicate: 800 };
    const rate = { version: 1, effectiveFrom: new Date(0), perHour: 5000, perPiece: { aptitude: each, case_study: each } };
    const submissions = work.map(({ submissionId, test }) => ({ submissionId, test, examVersion: 'small@1', marking: 'risk' }));
    const once = [...new Map(submissions.map((one) => [one.submissionId, one])).values()];
    return moneyReport({
      rates: [rate],
      work,
      corrections: [{ grader: 'ada', cents: -1250, isPaid: false }],
      submissions: once,
      workAtSubmissions: work,
    });
  },
  'marking-quality': (_period, seed = '') => {
    const random = seededRandom('report', `marking-quality${seed}`);
    const doubles = Array.from({ length: 400 }, (_none, index): readonly DoubleMark[] => {
      const place = Math.floor(random() * GRADERS.length);
      const [firstGrader, secondGrader] = [GRADERS[place] ?? 'ada', GRADERS[(place + 1 + Math.floor(random() * 4)) % GRADERS.length] ?? 'ben'];
      return Array.from({ length: 3 }, () => {
        const truth = random();
        const given = (grader: string) => Math.max(0, Math.round(5 * Math.min(1, truth + 0.2 * (random() - 0.5) - (grader === 'eva' ? 0.2 : 0)))) / 5;
        const [first, second] = [given(firstGrader), given(secondGrader)];
        return {
          examId: 'small',
          test: 'aptitude',
          submissionId: `s${index}`,
          firstGrader,
          secondGrader,
          first,
          second,
          isAdjudicated: Math.abs(first - second) > 0.2,
        };
      });
    }).flat();
    const seenAgain = doubles.flatMap(({ firstGrader: grader, test, examId }, index) => ({ grader, test, examId, isTurned: index % 17 === 0 }));
    const seeds = doubles
      .slice(0, 200)
      .map(({ firstGrader: grader, test, examId, submissionId, first, second }) => ({ grader, test, examId, submissionId, first, second }));
    return markingQualityReport({ submissions: 640, doubles, seenAgain, seeds, drifts: [{ grader: 'eva', direction: 'severe' }] });
  },
  funnel: (_period, seed = '') => {
    const random = seededRandom('report', `funnel${seed}`);
    const cells = ['de', 'en', 'fr'].flatMap((language, index) =>
      [false, true].map((isRetake) => {
        const attempts = index === 2 ? 3 : 40 + Math.floor(random() * 80);
        const [started, passed] = [Math.floor(attempts * 0.9), Math.floor(attempts * 0.6)];
        const certified = Math.floor(attempts * 0.45);
        const ends = { certified, failed: started - certified, lapsed: attempts - started, withdrawn: 0 };
        return {
          language,
          isRetake,
          isAccommodated: index === 2,
          examVersion: `small@${1 + (index % 2)}`,
          attempts,
          started,
          handedIn: started,
          passed,
          downloaded: passed,
          solved: certified,
          ...ends,
        };
      }),
    );
    return funnelReport(cells);
  },
};

function workOf(random: Random, count: number): readonly PayableWork[] {
  return Array.from({ length: count }, (_none, index) => ({
    claimId: `claim ${index}`,
    assignmentId: `assignment ${index}`,
    submissionId: `submission ${Math.floor(index / 2)}`,
    grader: GRADERS[index % GRADERS.length] ?? 'ada',
    test: TESTS[Math.floor(index / 2) % 2] ?? 'aptitude',
    purpose: index % 7 === 0 ? 'adjudicate' : 'mark',
    isSeed: index % 11 === 0,
    isCompleted: index % 13 !== 0,
    endedAt: new Date(index * 1000),
    stretches: [{ startedAt: new Date(0), endedAt: new Date(Math.round((1 + 3 * random()) * 3600) * 1000) }],
    paid: null,
  }));
}
