import type { CertificateStatus } from '../../domain/register.ts';
import type { CredentialIssuer } from '../../publication/credentials/issuer.ts';
import { certificateNotFound, eventKeyOf, signStatusListsOf, type CertificateRecord } from '../certificates.ts';
import type { Clock, Transaction } from '../context.ts';
import { writeEvents } from '../events/write.ts';

export type LockedCertificate = CertificateRecord & { readonly now: Date };

/** A certificate under the lock of its row, and the time. Refused as not found. */
export async function lockCertificate(tx: Transaction, clock: Clock, certificateId: string): Promise<LockedCertificate> {
  const [locked] = await tx.$queryRaw<{ now: Date }[]>`
    SELECT ${await clock()} AS now FROM certificate WHERE id = ${certificateId}::uuid FOR UPDATE`;
  if (!locked) throw certificateNotFound();
  const row = await tx.certificate.findUniqueOrThrow({ where: { id: certificateId }, omit: { credential: true } });
  return { ...row, status: row.status as CertificateStatus, now: locked.now };
}

/** Moves the status, signs the lists that show it, and tells the world. */
export async function moveStatus(
  tx: Transaction,
  certificate: LockedCertificate,
  { status, replacedBy, credentials }: { status: CertificateStatus; replacedBy?: string; credentials: CredentialIssuer },
): Promise<void> {
  const { id: certificateId, now: at } = certificate;
  await tx.$executeRaw`UPDATE certificate SET status = ${status}, revision = revision + 1 WHERE id = ${certificateId}::uuid`;
  await signStatusListsOf(tx, { statusPosition: certificate.statusPosition, at, credentials });
  const data = { certificateId, ...(replacedBy === undefined ? {} : { replacedBy }) };
  const type = ({ valid: 'certificate.reinstated', suspended: 'certificate.suspended', revoked: 'certificate.revoked' } as const)[status];
  await writeEvents(tx, [{ type, key: eventKeyOf(certificate), data }], at);
}
