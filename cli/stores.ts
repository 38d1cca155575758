import type { DatabaseConfig } from '../platform/database-settings.ts';
import { createAssessmentStore } from '../store/assessments.ts';
import { createCertificateStore } from '../store/certificates.ts';
import { readAllCertifiedScores } from '../store/decisions/certified.ts';
import { readExplanations } from '../store/decisions/explanations.ts';
import { readAllDecisionRecords } from '../store/decisions/records.ts';
import { createEventStore } from '../store/events/events.ts';
import { createExamVersionStore } from '../store/exam-versions.ts';
import { createLedgerAuditStore } from '../store/ledger/audit.ts';
import { createImportStore } from '../store/imports.ts';
import { createOutageStore } from '../store/outages.ts';
import { createMarkingModelStore } from '../store/marking-models.ts';
import { createMarkingReviewStore } from '../store/marking-reviews.ts';
import { readMarkedScripts } from '../store/marked-scripts.ts';
import { createNoticeStore } from '../store/notices.ts';
import { openRecords } from '../store/open-store.ts';
import { exportFor } from '../store/privacy/export.ts';
import { reapplyErasure } from '../store/privacy/listed.ts';
import { createRecordsCheckStore } from '../store/records-check.ts';
import { createRecoveryStore } from '../store/recovery.ts';
import { createPeriodReportStore } from '../store/period-reports/period-reports.ts';
import { createReportStore } from '../store/reports.ts';
import { createStandardSettingStore } from '../store/standard-setting/standard-setting.ts';
import { readResearch, recordResearchExport } from '../store/research.ts';
import { resealSecrets } from '../store/sealed-secrets.ts';

/** The stores that subcommands need. None of them signs anything, so the command does without keys. */
export function connectCommandStores(config: DatabaseConfig) {
  const context = openRecords(config);
  const examVersions = createExamVersionStore(context);
  return {
    prisma: context.prisma,
    isSealing: config.SECRET_KEYS !== undefined,
    resealSecrets: () => resealSecrets(context),
    imports: createImportStore(context),
    certificates: createCertificateStore(context),
    events: createEventStore(context),
    outages: createOutageStore(context),
    recordsCheck: createRecordsCheckStore(context),
    ledgerAudit: createLedgerAuditStore(context),
    recovery: createRecoveryStore(context),
    notices: createNoticeStore(context),
    examVersions,
    assessments: createAssessmentStore(context),
    markingModels: createMarkingModelStore(context),
    markingReviews: createMarkingReviewStore({ ...context, examVersions }),
    reports: createReportStore(context),
    standardSetting: createStandardSettingStore({ ...context, examVersions }),
    periodReports: createPeriodReportStore({ ...context, examVersions }),
    research: {
      read: (use: Parameters<typeof readResearch>[1]) => readResearch(context, use),
      recordExport: (request: Parameters<typeof recordResearchExport>[1]) => recordResearchExport(context, request),
    },
    explanations: (request: Parameters<typeof readExplanations>[1]) => readExplanations({ ...context, examVersions }, request),
    decisionRecords: () => readAllDecisionRecords({ ...context, examVersions }),
    certifiedScores: () => readAllCertifiedScores(context),
    exportPerson: (request: Parameters<typeof exportFor>[1]) => exportFor(context, request),
    reapplyErasure: (request: Parameters<typeof reapplyErasure>[1]) => reapplyErasure(context, request),
    markedScripts: () => readMarkedScripts({ ...context, examVersions }),
    close: async () => {
      await Promise.all([context.prisma.$disconnect(), context.replica?.$disconnect()]);
    },
  };
}

export type CommandStores = ReturnType<typeof connectCommandStores>;
