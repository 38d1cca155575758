import type { DatabaseConfig } from '../platform/database-settings.ts';
import { createCertificateStore } from '../store/certificates.ts';
import { connectDatabase, postgresClock } from '../store/context.ts';
import { createEventStore } from '../store/events/events.ts';
import { createImportStore } from '../store/imports.ts';
import { createOutageStore } from '../store/outages.ts';
import { createNoticeStore } from '../store/notices.ts';
import { createRecordsCheckStore } from '../store/records-check.ts';
import { createRecoveryStore } from '../store/recovery.ts';

/** The stores that subcommands need. None of them signs anything, so the command does without keys. */
export function connectCommandStores(config: DatabaseConfig) {
  const prisma = connectDatabase(config);
  const context = { prisma, clock: postgresClock };
  return {
    prisma,
    imports: createImportStore(context),
    certificates: createCertificateStore(context),
    events: createEventStore(context),
    outages: createOutageStore(context),
    recordsCheck: createRecordsCheckStore(context),
    recovery: createRecoveryStore(context),
    notices: createNoticeStore(context),
    close: () => prisma.$disconnect(),
  };
}

export type CommandStores = ReturnType<typeof connectCommandStores>;
