import type { DatabaseConfig } from '../platform/config.ts';
import { createCertificateStore } from '../store/certificates.ts';
import { connectDatabase, postgresClock } from '../store/context.ts';
import { createEventStore } from '../store/events.ts';
import { createImportStore } from '../store/imports.ts';
import { createOutageStore } from '../store/outages.ts';

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
    close: () => prisma.$disconnect(),
  };
}
