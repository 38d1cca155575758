import { createAssignmentStore } from './assignments.ts';
import { createAttemptStore } from './attempts.ts';
import type { StoreContext } from './context.ts';
import { createDecisionStore } from './decisions.ts';
import { createDeliveryStore } from './deliveries.ts';
import { createExamVersionStore } from './exam-versions.ts';
import { createSittingStore } from './sittings.ts';
import { createUploadStore } from './uploads.ts';

/** All records, one store an aggregate; the only code that touches Prisma. */
export function createStore(context: StoreContext) {
  const examVersions = createExamVersionStore(context);
  return {
    examVersions,
    attempts: createAttemptStore(context, examVersions),
    sittings: createSittingStore(context, examVersions),
    uploads: createUploadStore(context),
    assignments: createAssignmentStore(context, examVersions),
    decisions: createDecisionStore(context, examVersions),
    deliveries: createDeliveryStore(context),

    /** Throws while PostgreSQL does not answer. */
    async ping(): Promise<void> {
      await context.prisma.$queryRaw`SELECT 1`;
    },

    close: () => context.prisma.$disconnect(),
  };
}

export type Store = ReturnType<typeof createStore>;
