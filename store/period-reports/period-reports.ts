import type { PeriodContent } from '../../domain/report-tables.ts';
import type { Period, PeriodReportKind } from '../../domain/report.ts';
import { byLookUp } from '../by-look-up.ts';
import type { Transaction } from '../context.ts';
import type { ExamContext } from '../exam-versions.ts';
import { openReportSource, type OpenSource } from '../report-source.ts';
import { readFunnel } from './funnel.ts';
import { readMarkingQuality } from './marking-quality.ts';
import { readMoney } from './money.ts';
import { readOperations } from './operations.ts';

/** A month of a large year is read within minutes. */
const READING_MILLISECONDS = 10 * 60_000;

type Read = (tx: Transaction, context: ExamContext, period: Period) => Promise<PeriodContent>;

const READ: Readonly<Record<PeriodReportKind, Read>> = {
  operations: readOperations,
  money: readMoney,
  'marking-quality': readMarkingQuality,
  funnel: readFunnel,
};

/** What reports of periods are made of. */
export function createPeriodReportStore(context: ExamContext) {
  return {
    /** Whom a report of a period that ended then asks: the replica, unless it lacks the end of it. */
    async source({ until }: Pick<Period, 'until'>): Promise<OpenSource> {
      const source = await openReportSource(context);
      const isEnough = source.from !== 'replica' || source.asOf >= until;
      return isEnough ? source : { ...source, from: 'primary_instead', prisma: context.prisma };
    },

    /** All of it as it stood at one moment, whatever is marked or decided meanwhile. */
    read: (
      { kind, ...period }: Period & { readonly kind: PeriodReportKind },
      { prisma }: Pick<OpenSource, 'prisma'> = context,
    ): Promise<PeriodContent> =>
      prisma.$transaction(
        async (tx) => {
          await tx.$executeRaw`SELECT ${byLookUp}`;
          return READ[kind](tx, context, period);
        },
        { isolationLevel: 'RepeatableRead', maxWait: 10_000, timeout: READING_MILLISECONDS },
      ),
  };
}
