import { partsOf, type ExamContent, type Item, type Test, type TestPart } from '../../domain/exam.ts';
import type { Millipoints } from '../../domain/points.ts';
import { rowsOf } from '../../domain/report-tables.ts';
import type { ProposedStandard, StandardSetting } from '../../domain/standard-setting.ts';
import type { RecordContext } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { panelNotFound } from './panels.ts';
import { facilitiesIn } from './past.ts';

const LISTED_MAX = 200;

type Subject = {
  readonly id: string;
  readonly examId: string;
  readonly version: number;
  readonly title: string;
  readonly test: Test;
  readonly caseStudyId: string | null;
};

/** As staff and auditors have it: who is in it and how far they are, never what somebody rates in a round that is open. */
export type PanelRecord = Subject & {
  readonly openedBy: string;
  readonly reason: string;
  readonly openedAt: Date;
  readonly closing: { readonly by: string; readonly reason: string; readonly at: Date; readonly round: number | null } | null;
  readonly items: number;
  readonly rounds: readonly RoundRecord[];
  /** `fromRound`: the first that they rate in. */
  readonly panelists: readonly { readonly grader: string; readonly fromRound: number; readonly leftAt: Date | null; readonly rated: number }[];
};
type RoundRecord = {
  readonly number: number;
  readonly showsFacility: boolean;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly reportId: string | null;
  readonly standard: ProposedStandard | null;
};

const OF_SUBJECT = {
  id: true,
  test: true,
  caseStudyId: true,
  examVersion: { select: { id: true, examId: true, version: true, title: true } },
} as const;

type SubjectRow = {
  readonly id: string;
  readonly test: string;
  readonly caseStudyId: string | null;
  readonly examVersion: { readonly examId: string; readonly version: number; readonly title: string };
};
const subjectOf = ({ id, test, caseStudyId, examVersion: { examId, version, title } }: SubjectRow): Subject => ({
  id,
  examId,
  version,
  title,
  test: test as Test,
  caseStudyId,
});

export type ListedPanel = Subject & {
  readonly openedAt: Date;
  readonly rounds: number;
  readonly panelists: number;
  readonly closedAt: Date | null;
  readonly resultRound: number | null;
};

/** The newest first. */
export async function listPanels({ prisma }: RecordContext): Promise<readonly ListedPanel[]> {
  const rows = await prisma.standardPanel.findMany({
    orderBy: { id: 'desc' },
    take: LISTED_MAX,
    select: {
      ...OF_SUBJECT,
      openedAt: true,
      closedAt: true,
      resultRound: true,
      _count: { select: { rounds: true, panelists: { where: { leftAt: null } } } },
    },
  });
  return rows.map(({ openedAt, closedAt, resultRound, _count, ...row }) => ({ ...subjectOf(row), openedAt, closedAt, resultRound, ..._count }));
}

/** Refused when there is none. */
export async function readPanel({ prisma, examVersions }: ExamContext, panelId: string): Promise<PanelRecord> {
  const row = await prisma.standardPanel.findUnique({
    where: { id: panelId },
    include: {
      examVersion: OF_SUBJECT.examVersion,
      panelists: { orderBy: { grader: 'asc' } },
      rounds: { orderBy: { number: 'asc' }, include: { report: { select: { content: true } } } },
    },
  });
  if (!row) throw panelNotFound();
  const round = row.rounds.length;
  const counts = await prisma.standardRating.groupBy({ by: ['grader'], where: { panelId, round }, _count: true });
  const rated = new Map(counts.map(({ grader, _count }) => [grader, _count]));
  const { openedBy, reason, openedAt, closedBy, closedReason, closedAt, resultRound } = row;
  const subject = subjectOf(row);
  return {
    ...subject,
    openedBy,
    reason,
    openedAt,
    closing: closedAt && { by: closedBy ?? '', reason: closedReason ?? '', at: closedAt, round: resultRound },
    items: partsOf(await examVersions.contentOf(row.examVersion.id), subject).length,
    rounds: row.rounds.map(({ number, facilityReportId, openedAt: from, closedAt: until, reportId, report }) => ({
      number,
      showsFacility: facilityReportId !== null,
      openedAt: from,
      closedAt: until,
      reportId,
      standard: settingIn(report)?.standard ?? null,
    })),
    panelists: row.panelists.map(({ grader, fromRound, leftAt }) => ({ grader, fromRound, leftAt, rated: rated.get(grader) ?? 0 })),
  };
}

export type OwnPanelSummary = Subject & {
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly items: number;
  readonly rated: number;
  readonly round: number;
  /** The first that they rate in; above `round` of whoever was added while it was the newest. */
  readonly fromRound: number;
  readonly isOpen: boolean;
};

/** Of whoever is in it still, the newest first. */
export async function listOwnPanels({ prisma, examVersions }: ExamContext, grader: string): Promise<readonly OwnPanelSummary[]> {
  const rows = await prisma.standardPanel.findMany({
    where: { panelists: { some: { grader, leftAt: null } } },
    orderBy: { id: 'desc' },
    take: LISTED_MAX,
    select: {
      ...OF_SUBJECT,
      openedAt: true,
      closedAt: true,
      panelists: { where: { grader }, select: { fromRound: true } },
      rounds: {
        orderBy: { number: 'desc' },
        take: 1,
        select: { number: true, closedAt: true, _count: { select: { ratings: { where: { grader } } } } },
      },
    },
  });
  return Promise.all(
    rows.map(async ({ openedAt, closedAt, rounds: [newest], panelists: [panelist], ...row }) => {
      const subject = subjectOf(row);
      const items = partsOf(await examVersions.contentOf(row.examVersion.id), subject).length;
      const [round, fromRound] = [newest?.number ?? 0, panelist?.fromRound ?? 1];
      const isOpen = closedAt === null && newest?.closedAt === null && fromRound <= round;
      return { ...subject, openedAt, closedAt, items, rated: newest?._count.ratings ?? 0, round, fromRound, isOpen };
    }),
  );
}

/** An item as panelists have it before them, with its key, and what they rated. */
type ItemToRate = {
  readonly itemId: string;
  readonly millipointsMax: Millipoints;
  readonly prompt: string;
  readonly choices: readonly { readonly id: string; readonly text: string; readonly isKey: boolean }[];
  /** What earns the points, of what people mark. */
  readonly modelAnswer: string | null;
  readonly rating: { readonly percent: number; readonly sequence: number } | null;
  readonly facility: number | null;
  /** In the last round that is closed: one's own, and the panel's. */
  readonly closed: { readonly own: number | null; readonly mean: number; readonly lowest: number; readonly highest: number } | null;
};
export type OwnPanel = Omit<OwnPanelSummary, 'items'> & {
  /** Of the last round that is closed. */
  readonly closedRound: { readonly number: number; readonly standard: ProposedStandard } | null;
  readonly resultRound: number | null;
  readonly items: readonly ItemToRate[];
};

/** What a panelist rates, and of rounds that are closed what the panel did. Refused as not found to who is not in the panel, or no more. */
export async function readOwnPanel(
  { prisma, examVersions }: ExamContext,
  { panelId, grader }: { readonly panelId: string; readonly grader: string },
): Promise<OwnPanel> {
  const row = await prisma.standardPanel.findUnique({
    where: { id: panelId, panelists: { some: { grader, leftAt: null } } },
    select: {
      ...OF_SUBJECT,
      openedAt: true,
      closedAt: true,
      resultRound: true,
      panelists: { where: { grader }, select: { fromRound: true } },
      rounds: {
        orderBy: { number: 'desc' },
        take: 2,
        select: {
          number: true,
          closedAt: true,
          ratings: { where: { grader } },
          report: { select: { content: true } },
          facilityReport: { select: { content: true } },
        },
      },
    },
  });
  const [newest] = row?.rounds ?? [];
  if (!row || !newest) throw panelNotFound();
  const subject = subjectOf(row);
  const fromRound = row.panelists[0]?.fromRound ?? 1;
  const closed = row.rounds.find(({ closedAt }) => closedAt !== null);
  const setting = settingIn(closed?.report ?? null);
  const rated = new Map(newest.ratings.map((rating) => [rating.itemId, rating]));
  const ratedBefore = new Map(closed?.ratings.map((rating) => [rating.itemId, rating.percent / 100]));
  const facilities = facilitiesIn(newest.facilityReport ?? undefined, { case_study_id: subject.caseStudyId });
  const figures = new Map(rowsOf(setting?.tables ?? [], 'ratedItems').map((figure) => [figure.item, figure]));
  return {
    ...subject,
    openedAt: row.openedAt,
    closedAt: row.closedAt,
    resultRound: row.resultRound,
    round: newest.number,
    fromRound,
    isOpen: row.closedAt === null && newest.closedAt === null && fromRound <= newest.number,
    rated: newest.ratings.length,
    closedRound: closed && setting ? { number: closed.number, standard: setting.standard } : null,
    items: toRate(await examVersions.contentOf(row.examVersion.id), subject).map((item) => {
      const [rating, figure] = [rated.get(item.itemId), figures.get(item.itemId)];
      return {
        ...item,
        rating: rating ? { percent: rating.percent, sequence: rating.sequence } : null,
        facility: facilities.get(item.itemId) ?? null,
        closed: figure
          ? {
              own: ratedBefore.get(item.itemId) ?? null,
              mean: Number(figure.ratingMean),
              lowest: Number(figure.ratingLowest),
              highest: Number(figure.ratingHighest),
            }
          : null,
      };
    }),
  };
}

type Shown = Pick<ItemToRate, 'itemId' | 'millipointsMax' | 'prompt' | 'choices' | 'modelAnswer'>;

function toRate(exam: ExamContent, taken: Pick<Subject, 'test' | 'caseStudyId'>): readonly Shown[] {
  const items = new Map(exam.items.map((item) => [item.id, item]));
  const rubric = exam.caseStudies.find(({ id }) => id === taken.caseStudyId)?.rubric ?? [];
  return partsOf(exam, taken).map((part) => {
    const item = taken.caseStudyId === null ? items.get(part.id) : undefined;
    if (item) return shownItem(item, part);
    return { ...shownPart(part), choices: [], modelAnswer: rubric.find(({ id }) => id === part.id)?.description ?? null };
  });
}

function shownItem(item: Item, part: TestPart): Shown {
  switch (item.type) {
    case 'choice':
      return { ...shownPart(part), choices: item.choices.map(({ id, text }) => ({ id, text, isKey: item.correct.includes(id) })), modelAnswer: null };
    case 'text':
      return { ...shownPart(part), choices: [], modelAnswer: item.modelAnswer };
  }
}

const shownPart = ({ id, title, millipoints }: TestPart) => ({ itemId: id, millipointsMax: millipoints, prompt: title });

function settingIn(report: { readonly content: unknown } | null): StandardSetting | undefined {
  return report ? (report.content as StandardSetting) : undefined;
}
