import { ADJUDICATION_SEAT } from '../../domain/grading.ts';
import { Prisma } from '../../prisma/generated/client.ts';

/** The assignment of this name is of one of the two who mark before anything is decided: neither settles a dispute, answers an appeal, nor is of a seed. */
export function isIndependent(assignment: string): Prisma.Sql {
  const t = Prisma.raw(assignment);
  return Prisma.sql`(${t}.purpose = 'mark' AND ${t}.seat < ${ADJUDICATION_SEAT}::int)`;
}
