import type { DatabaseConfig } from '../platform/database-settings.ts';
import { createCertificateStore } from '../store/certificates.ts';
import { connectDatabase, postgresClock } from '../store/context.ts';
import { createEventStore } from '../store/events/events.ts';
import { createImportStore } from '../store/imports.ts';
import { createOutageStore } from '../store/outages.ts';
import { createNoticeStore } from '../store/notices.ts';
import { createRecordsCheckStore } from '../store/records-check.ts';
import { createRecoveryStore } from '../store/recovery.ts';
import { createWatchStore } from '../store/watches.ts';

/** The stores that command-line tools need. None of them signs anything, so these tools do without keys. */
export function connectToolStores(config: DatabaseConfig) {
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
    watches: createWatchStore(context),
    close: () => prisma.$disconnect(),
  };
}
