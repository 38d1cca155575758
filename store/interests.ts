import { APPEAL_SEAT } from '../domain/grading.ts';
import { Prisma } from '../prisma/generated/client.ts';
import type { RecordContext } from './context.ts';

/** Somebody who acts, as their issuer knows them. */
export type Person = {
  readonly subject: string;
  /** Verified: one address under two subjects is one person. */
  readonly email: string | undefined;
};

/** What somebody on the staff asks about by its id, and what may be their own. */
export type Thing =
  'attempt' | 'appeal' | 'complaint' | 'candidate' | 'certificate' | 'correction' | 'assignment' | 'mail' | 'claimedAct' | 'seed' | 'regrade';

/** Why a person has no business with an attempt: it is theirs, or they mark it and must not learn whose it is. */
export type Interest = 'own' | 'marking';

/** Of each thing the attempts that it belongs to. */
const ATTEMPTS_OF: Readonly<Record<Thing, (id: string) => Prisma.Sql>> = {
  attempt: (id) => Prisma.sql`SELECT ${id}::uuid`,
  appeal: (id) => Prisma.sql`SELECT q.attempt_id FROM appeal q WHERE q.id = ${id}::uuid`,
  complaint: (id) => Prisma.sql`SELECT k.attempt_id FROM complaint k WHERE k.id = ${id}::uuid`,
  candidate: (id) => Prisma.sql`SELECT a.id FROM attempt a WHERE a.candidate_id = ${id}::uuid`,
  certificate: (id) => Prisma.sql`SELECT c.attempt_id FROM certificate c WHERE c.id = ${id}::uuid`,
  correction: (id) => Prisma.sql`SELECT c.attempt_id FROM correction o JOIN certificate c ON c.id = o.certificate_id WHERE o.id = ${id}::uuid`,
  assignment: (id) =>
    Prisma.sql`SELECT t.attempt_id FROM assignment g JOIN submission u ON u.id = g.submission_id JOIN sitting t ON t.id = u.sitting_id WHERE g.id = ${id}::uuid`,
  mail: (id) =>
    Prisma.sql`SELECT coalesce(m.attempt_id, c.attempt_id) FROM mail m LEFT JOIN certificate c ON c.id = m.certificate_id WHERE m.id = ${id}::uuid`,
  claimedAct: (id) => Prisma.sql`
    SELECT coalesce(k.attempt_id, c.attempt_id) FROM claimed_act k
    LEFT JOIN correction o ON o.id = k.correction_id LEFT JOIN certificate c ON c.id = o.certificate_id WHERE k.id = ${id}::uuid`,
  regrade: (id) => Prisma.sql`SELECT g.attempt_id FROM regrade_change g WHERE g.regrade_id = ${id}::uuid`,
  seed: (id) =>
    Prisma.sql`SELECT t.attempt_id FROM seed s JOIN submission u ON u.id = s.submission_id JOIN sitting t ON t.id = u.sitting_id WHERE s.id = ${id}::uuid`,
};

type Row = { attempt_id: string; interest: Interest };

/** In what a person has an interest of their own (design, *Separation of duties*). */
export function createInterestStore({ prisma }: RecordContext) {
  const interestsIn = async (person: Person, attempts: Prisma.Sql): Promise<ReadonlyMap<string, Interest>> => {
    const rows = await prisma.$queryRaw<Row[]>(interestStatement(person, attempts));
    return new Map(rows.map(({ attempt_id: attemptId, interest }) => [attemptId, interest]));
  };
  return {
    /** Undefined where there is none, and where there is no such thing. A candidate without an attempt is somebody as well. */
    async of(person: Person, thing: Thing, id: string): Promise<Interest | undefined> {
      if (thing === 'candidate' && (await isCandidate(person, id))) return 'own';
      const found = [...(await interestsIn(person, ATTEMPTS_OF[thing](id))).values()];
      return found.includes('own') ? 'own' : found[0];
    },

    /** Of these attempts those in which there is one. */
    async among(person: Person, attemptIds: readonly string[]): Promise<ReadonlyMap<string, Interest>> {
      if (attemptIds.length === 0) return new Map();
      return interestsIn(person, Prisma.sql`SELECT unnest(${[...attemptIds]}::uuid[])`);
    },
  };

  async function isCandidate(person: Person, candidateId: string): Promise<boolean> {
    const rows = await prisma.$queryRaw<unknown[]>`SELECT 1 FROM candidate c WHERE c.id = ${candidateId}::uuid AND ${isPerson(person)}`;
    return rows.length > 0;
  }
}

export type InterestStore = ReturnType<typeof createInterestStore>;

function interestStatement(person: Person, attempts: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT a.id AS attempt_id, CASE WHEN ${isPerson(person)} THEN 'own' ELSE 'marking' END AS interest
    FROM attempt a JOIN candidate c ON c.id = a.candidate_id
    WHERE a.id IN (${attempts}) AND (${isPerson(person)} OR ${isMarkedBy(person)})`;
}

function isPerson({ subject, email }: Person): Prisma.Sql {
  return email === undefined ? Prisma.sql`c.subject = ${subject}` : Prisma.sql`(c.subject = ${subject} OR lower(c.email) = lower(${email}))`;
}

/** They hold one of its scripts, or have marked one that is not decided yet. */
function isMarkedBy({ subject }: Person): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT 1 FROM sitting t JOIN submission u ON u.sitting_id = t.id JOIN assignment g ON g.submission_id = u.id
    WHERE t.attempt_id = a.id AND g.holder = ${subject}
      AND (g.state = 'open' OR g.state = 'completed' AND (NOT EXISTS (SELECT 1 FROM decision d WHERE d.submission_id = u.id)
        OR g.seat = ${APPEAL_SEAT}::int AND EXISTS (SELECT 1 FROM appeal q WHERE q.submission_id = u.id AND q.state = 'open'))))`;
}
