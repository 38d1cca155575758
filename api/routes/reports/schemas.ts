import { z } from 'zod';
import { FLAG_KINDS } from '../../../domain/item-flags.ts';
import { DRAWN_AS, PLOT_IDS, PLOT_LABELS } from '../../../domain/report-plots.ts';
import { COLUMN_IDS, COLUMN_UNITS, TABLE_IDS } from '../../../domain/report-tables.ts';
import { EXAM_VERSION_REPORTS, PERIOD_REPORTS, REPORT_KINDS, type ItemReportKind, type StandardSettingReportKind } from '../../../domain/report.ts';
import { instant, points, uuid } from '../../schemas.ts';
import { standard } from '../panels/schemas.ts';

export const reportParams = z.object({ reportId: uuid });
export const listQuery = z.object({ kind: z.enum(REPORT_KINDS).optional() });
export const documentQuery = z.object({
  table: z
    .enum(TABLE_IDS)
    .optional()
    .meta({ description: 'Of a report of a period or of standard setting: this table alone, with what is drawn of it where a PDF is asked for' }),
});

const count = z.number().int();
const share = z.number().meta({ description: 'From 0 to 1' });
const estimate = z.object({ value: z.number(), low: z.number(), high: z.number() }).meta({ id: 'Estimate', description: 'With its 95 % interval' });

const flag = z
  .object({
    kind: z.enum(FLAG_KINDS),
    grade: z.enum(['fault', 'remark']).meta({ description: 'A fault may have cost somebody points' }),
    choices: z.array(z.string()).optional(),
    means: z.string().meta({ description: 'In a sentence, in English' }),
    do: z.string().meta({ description: 'What may be done about it' }),
  })
  .meta({ id: 'ReportFlag' });
const flags = z.array(flag);

const item = z
  .object({
    id: z.string(),
    points,
    answered: count,
    omitted: count.meta({ description: 'Blank, with a later item answered' }),
    notReached: count.meta({ description: 'Blank, with all that follow' }),
    full: count,
    partial: count,
    none: count,
    facility: share.meta({ description: 'The mean share of its points' }),
    deviation: z.number().optional(),
    discrimination: estimate.optional().meta({ description: 'Of its points with those of all other items' }),
    alphaWithout: z.number().optional(),
    choices: z.array(
      z.object({
        id: z.string(),
        isKey: z.boolean(),
        taken: count,
        share,
        discrimination: estimate.optional(),
        standing: z.number().optional().meta({ description: 'Of those who took it, in all other items, in standard deviations from everybody' }),
      }),
    ),
    decisionsWithout: z.object({ toPass: count, toFail: count }).meta({ description: 'Decisions that would have been others without the item' }),
    rasch: z
      .object({ difficulty: z.number(), standardError: z.number(), infit: z.number(), outfit: z.number(), infitZ: z.number() })
      .optional()
      .meta({ description: 'In logits; only of items that are right or wrong' }),
    drift: z
      .object({ day: count.meta({ description: 'Days since 1970-01-01' }), before: count, after: count, difference: z.number(), z: z.number() })
      .optional()
      .meta({ description: 'The day from which on it differs most from before, among like candidates' }),
    flags,
  })
  .meta({ id: 'ReportedItem' });

const testFigures = z
  .object({
    candidates: count,
    items: count,
    points,
    passMark: share,
    passed: count,
    mean: points.optional(),
    deviation: points.optional(),
    alpha: estimate.optional(),
    standardError: points.optional(),
    standardErrorAtPassMark: points.optional(),
    decisions: z
      .object({
        consistency: share,
        chance: share,
        kappa: z.number().optional(),
        accuracy: share,
        falsePasses: share,
        falseFails: share,
        effectiveLength: count,
        parameters: z.union([z.literal(2), z.literal(4)]),
      })
      .optional()
      .meta({ description: 'Livingston and Lewis (1995)' }),
    rasch: z.union([z.object({ candidates: count, items: count }), z.enum(['too-few-candidates', 'too-few-items', 'too-many-items', 'no-estimate'])]),
    flags,
  })
  .meta({ id: 'ReportedTest' });

const common = {
  id: uuid,
  until: instant.meta({ description: 'What had been decided, or had happened, until then is in it' }),
  method: count.meta({ description: 'Goes up when the same records would give other figures' }),
  candidates: count.meta({ description: 'Attempts that it tells of' }),
  contentHash: z.string().meta({ description: 'SHA-256 of all figures, as canonical JSON' }),
  madeAt: instant,
};
const ofExamVersion = { ...common, examVersion: z.string().meta({ example: 'software-architect@3' }), title: z.string() };
const itemKind = z.literal('items' satisfies ItemReportKind);
const standardSettingKind = z.literal('standard-setting' satisfies StandardSettingReportKind);
const ofPeriod = { ...common, kind: z.enum(PERIOD_REPORTS), since: instant };

const cell = z.union([z.string(), z.number(), z.null()]);
const table = z
  .object({
    id: z.enum(TABLE_IDS),
    columns: z.array(z.object({ id: z.enum(COLUMN_IDS), unit: z.enum(COLUMN_UNITS) })).meta({
      description:
        'A `share` is from 0 to 1, a `figure` an estimate, `cents` an exact amount, `worked` seconds of work, a `word` a code of ours, an `instant` in ISO 8601',
    }),
    rows: z.array(z.array(cell)).meta({ description: 'A cell for each column; null where nothing can be said, or where it is withheld' }),
    withheldBelow: count.optional().meta({ description: 'Groups of fewer candidates are withheld, and as many others as hide them' }),
  })
  .meta({ id: 'ReportTable' });

const plotted = z.number().nullable();
const plot = z
  .object({
    id: z.enum(PLOT_IDS),
    table: z.enum(TABLE_IDS).meta({ description: 'Beside which table it is drawn' }),
    unit: z.enum(COLUMN_UNITS),
    drawnAs: z.enum(DRAWN_AS).meta({ description: 'A bar from zero to the value, or the value within what it may range over' }),
    from: z.number().meta({ description: 'What the left edge stands for' }),
    to: z.number().meta({ description: 'What the right edge stands for' }),
    rows: z.array(
      z.object({
        labels: z
          .array(z.object({ is: z.enum(PLOT_LABELS), value: z.string() }))
          .meta({ description: 'What the row is of: names, words of ours, a day, or one of the columns' }),
        value: plotted.meta({ description: 'Null where nothing can be said, or where it is withheld' }),
        low: plotted,
        high: plotted,
        beside: plotted.meta({ description: 'What it is compared with' }),
      }),
    ),
  })
  .meta({ id: 'ReportPlot', description: 'What people would rather look at than read: rows to draw, each with its value' });

const summary = z.discriminatedUnion('kind', [
  z.object({ ...ofExamVersion, kind: z.enum(EXAM_VERSION_REPORTS) }).meta({ id: 'ExamVersionReportSummary' }),
  z.object(ofPeriod).meta({ id: 'PeriodReportSummary' }),
]);

const ofCaseStudy = z
  .object({ caseStudyId: z.string(), test: testFigures, items: z.array(item).meta({ description: 'Its criteria' }) })
  .meta({ id: 'ReportedCaseStudy', description: 'Where ten candidates were decided at it' });

export const reportList = z.object({ reports: z.array(summary) }).meta({ id: 'Reports' });
export const report = z.discriminatedUnion('kind', [
  z
    .object({ ...ofExamVersion, kind: itemKind, test: testFigures, items: z.array(item), caseStudies: z.array(ofCaseStudy) })
    .meta({ id: 'ExamVersionReport' }),
  z
    .object({
      ...ofExamVersion,
      kind: standardSettingKind,
      round: count,
      panelists: count,
      itemCount: count,
      points,
      standard,
      tables: z.array(table),
      plots: z.array(plot),
    })
    .meta({ id: 'StandardSettingReport', description: 'What a panel’s round proposes as the pass mark of the next version' }),
  z
    .object({
      ...ofPeriod,
      currency: z.string().meta({ description: 'Of amounts in `cents`', example: 'USD' }),
      tables: z.array(table),
      plots: z.array(plot),
    })
    .meta({ id: 'PeriodReport' }),
]);
