import { takenTestOf, tallyItemsOf } from '../../domain/exam-answers.ts';
import { analyseItems } from '../../domain/item-analysis.ts';
import { adderTo, emptyTally } from '../../domain/item-tally.ts';
import { readCommandLine } from '../../platform/arguments.ts';
import { runProcess } from '../../platform/failure.ts';
import { connectDatabase, postgresClock } from '../../store/context.ts';
import { createExamVersionStore } from '../../store/exam-versions.ts';
import { createReportStore } from '../../store/reports.ts';

/** One report of the items as the pool `reporting` makes it, in a process of its own, which bench:items starts. Prints JSON. */

const USAGE = 'Usage: node trials/benchmarks/items-report.ts --database URL --exam ID';

async function main(databaseUrl: string, examId: string): Promise<void> {
  const prisma = connectDatabase({ DATABASE_URL: databaseUrl, DATABASE_POOL_SIZE: 2 });
  const context = { prisma, clock: postgresClock };
  const reports = createReportStore(context);
  const { id: examVersionId, content } = await createExamVersionStore(context).published({ examId, version: 1 });
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const items = tallyItemsOf(content);
  const tally = emptyTally(items, content.policy.passMark);
  const [add, taken] = [adderTo(tally), takenTestOf(items)];
  for await (const test of reports.decidedTests({ examVersionId, until: new Date(), test: 'aptitude' })) add(taken(test));
  const readAt = performance.now();
  const { test } = analyseItems(tally);
  const endedAt = performance.now();
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    JSON.stringify({
      attempts: test.candidates,
      items: test.items,
      seconds: (endedAt - startedAt) / 1000,
      readingSeconds: (readAt - startedAt) / 1000,
      processorSeconds: (user + system) / 1e6,
      peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
      alpha: test.alpha?.value,
    }),
  );
  await prisma.$disconnect();
}

const { values } = readCommandLine(USAGE, { options: { database: { type: 'string', default: '' }, exam: { type: 'string', default: '' } } });
await runProcess(() => main(values.database, values.exam));
