import { createAcquaintanceStore } from './acquaintances.ts';
import { createAppealStore } from './appeals/appeals.ts';
import { createAssessmentStore } from './assessments.ts';
import { createAssignmentStore } from './assignments/assignments.ts';
import { createAttemptStore } from './attempts/attempts.ts';
import type { StoreContext } from './context.ts';
import { createCertificateStore } from './certificates.ts';
import { createCommentStore } from './comments/comments.ts';
import { createCommandStore } from './commands.ts';
import { createComplaintStore } from './complaints/complaints.ts';
import { createCorrectionStore } from './corrections/corrections.ts';
import { createDecisionStore } from './decisions/decisions.ts';
import { createDeliveryStore } from './deliveries.ts';
import { createEventStore } from './events/events.ts';
import { createExamProposalStore } from './exam-proposals.ts';
import { createExamVersionStore } from './exam-versions.ts';
import { createGraderStore } from './graders/graders.ts';
import { createGroupStore } from './groups/groups.ts';
import { createIdempotencyKeyStore } from './idempotency-keys.ts';
import { createInterestStore } from './interests.ts';
import { createLedgerStore } from './ledger/ledger.ts';
import { createMailStore } from './mails.ts';
import { createMarkingModelStore } from './marking-models.ts';
import { createMarkingReviewStore } from './marking-reviews.ts';
import { createMeasureStore } from './measures.ts';
import { createCandidateStore } from './candidates.ts';
import { createNoticeStore } from './notices.ts';
import { createPayStore } from './pay/pay.ts';
import { createOutlookStore } from './outlooks.ts';
import { createPrivacyStore } from './privacy/privacy.ts';
import { createProposedActStore } from './proposed-acts.ts';
import { createRecoveryStore } from './recovery.ts';
import { createReadingStore } from './readings.ts';
import { createPeriodReportStore } from './period-reports/period-reports.ts';
import { createReportStore } from './reports.ts';
import { createRegradeStore } from './regrades/regrades.ts';
import { createStaffMemberStore } from './staff-members.ts';
import { createStandardSettingStore } from './standard-setting/standard-setting.ts';
import { createStaffActStore } from './staff-acts.ts';
import { createSeedStore } from './seeds/seeds.ts';
import { createSittingStore } from './sittings/sittings.ts';
import { createUploadStore } from './uploads.ts';
import { createTidingsStore } from './tidings.ts';
import { createWatchStore } from './watches.ts';

/** All records, one store an aggregate; the only code that touches Prisma. */
export function createStore(context: StoreContext) {
  const examVersions = createExamVersionStore(context);
  return {
    examVersions,
    examProposals: createExamProposalStore(context),
    attempts: createAttemptStore(context, examVersions),
    sittings: createSittingStore(context, examVersions),
    uploads: createUploadStore(context),
    assignments: createAssignmentStore(context, examVersions),
    comments: createCommentStore({ ...context, examVersions }),
    groups: createGroupStore({ ...context, examVersions }),
    graders: createGraderStore({ ...context, examVersions }),
    seeds: createSeedStore({ ...context, examVersions }),
    pay: createPayStore(context),
    assessments: createAssessmentStore(context),
    markingModels: createMarkingModelStore(context),
    markingReviews: createMarkingReviewStore({ ...context, examVersions }),
    reports: createReportStore(context),
    standardSetting: createStandardSettingStore({ ...context, examVersions }),
    periodReports: createPeriodReportStore({ ...context, examVersions }),
    decisions: createDecisionStore(context, examVersions),
    appeals: createAppealStore(context, examVersions),
    complaints: createComplaintStore(context),
    certificates: createCertificateStore(context),
    corrections: createCorrectionStore(context, examVersions),
    regrades: createRegradeStore(context, examVersions),
    deliveries: createDeliveryStore(context),
    events: createEventStore(context),
    candidates: createCandidateStore(context),
    notices: createNoticeStore(context),
    tidings: createTidingsStore(context),
    mails: createMailStore(context),
    watches: createWatchStore(context),
    commands: createCommandStore(context),
    staffActs: createStaffActStore(context),
    proposedActs: createProposedActStore(context),
    acquaintances: createAcquaintanceStore(context),
    staffMembers: createStaffMemberStore(context),
    interests: createInterestStore(context),
    ledger: createLedgerStore(context),
    privacy: createPrivacyStore(context),
    idempotencyKeys: createIdempotencyKeyStore(context),
    measures: createMeasureStore(context),
    outlooks: createOutlookStore({ ...context, examVersions }),
    readings: createReadingStore(context),
    recovery: createRecoveryStore(context),

    /** Throws while PostgreSQL does not answer. */
    async ping(): Promise<void> {
      await context.prisma.$queryRaw`SELECT 1`;
    },

    close: async () => {
      await Promise.all([context.prisma.$disconnect(), context.replica?.$disconnect()]);
    },
  };
}

export type Store = ReturnType<typeof createStore>;
