import { bindTo, type RecordContext } from '../context.ts';
import type { ExamVersionStore } from '../exam-versions.ts';
import { applyPage, finishRegrade } from './apply.ts';
import { openRegrade } from './open.ts';
import { previewRegrade } from './preview.ts';
import { countChanges, listRegrades, readChanges, readRegrade } from './records.ts';
import { applyRegrade, cancelRegrade } from './settle.ts';

/** An item, a criterion or a key put right for everybody who had it (docs/decisions/0022). */
export function createRegradeStore(context: RecordContext, examVersions: ExamVersionStore) {
  const bind = bindTo({ ...context, examVersions });
  return {
    open: bind(openRegrade),
    preview: bind(previewRegrade),
    apply: bind(applyRegrade),
    cancel: bind(cancelRegrade),
    applyPage: bind(applyPage),
    finish: bind(finishRegrade),
    list: bind(listRegrades),
    counts: bind(countChanges),
    changes: bind(readChanges),
    read: (regradeId: string) => readRegrade(context.prisma, regradeId),

    /** Those that are applied and that no workflow has come on with for so long, or ever. */
    async stalled({ afterSeconds }: { afterSeconds: number }): Promise<readonly string[]> {
      const rows = await context.prisma.$queryRaw<{ id: string }[]>`
        SELECT id FROM regrade WHERE outcome = 'applied' AND finished_at IS NULL
          AND (progressed_at IS NULL OR progressed_at < ${await context.clock()} - make_interval(secs => ${afterSeconds})) ORDER BY id`;
      return rows.map(({ id }) => id);
    },
  };
}
