import { APPEAL_SEAT } from '../domain/grading.ts';
import { foldedAddress } from '../domain/mail-address.ts';
import { Prisma } from '../prisma/generated/client.ts';
import { foldedColumn } from './addresses.ts';
import type { RecordContext } from './context.ts';

/** Somebody who acts, as their issuer knows them. */
export type Person = {
  readonly subject: string;
  /** Verified: one address under two subjects is one person. */
  readonly email: string | undefined;
};

/** What somebody on the staff asks about by its id, and what may be their own. */
export type Thing =
  | 'attempt'
  | 'appeal'
  | 'complaint'
  | 'candidate'
  | 'certificate'
  | 'correction'
  | 'assignment'
  | 'mail'
  | 'claimedAct'
  | 'seed'
  | 'regrade'
  | 'proposedAct';

/**
 * Why a person has no business with an attempt: it is theirs, or they mark it and must not learn whose it is; and why they decide nothing about its candidate:
 * they know them, marked one of their scripts, or put a certificate of theirs right before. The first that holds.
 */
const INTERESTS = ['own', 'marking', 'knows', 'marked', 'corrected'] as const;
export type Interest = (typeof INTERESTS)[number];

/** What somebody is about to do, and which interests stand against it. */
const AGAINST = {
  read: ['own', 'marking'],
  act: ['own', 'marking', 'knows'],
  /** What takes two persons. */
  decide: INTERESTS,
} as const satisfies Readonly<Record<string, readonly Interest[]>>;
export type Doing = keyof typeof AGAINST;

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
  proposedAct: (id) => Prisma.sql`
    SELECT p.attempt_id FROM proposed_act p WHERE p.id = ${id}::uuid
    UNION SELECT a.id FROM proposed_act p JOIN attempt a ON a.candidate_id = p.candidate_id WHERE p.id = ${id}::uuid`,
  regrade: (id) => Prisma.sql`SELECT g.attempt_id FROM regrade_change g WHERE g.regrade_id = ${id}::uuid`,
  seed: (id) =>
    Prisma.sql`SELECT t.attempt_id FROM seed s JOIN submission u ON u.id = s.submission_id JOIN sitting t ON t.id = u.sitting_id WHERE s.id = ${id}::uuid`,
};

type Row = { attempt_id: string; interest: Interest };

/** In what a person has an interest of their own (design, *Separation of duties*). */
export function createInterestStore({ prisma }: RecordContext) {
  const interestsIn = async (person: Person, doing: Doing, attempts: Prisma.Sql): Promise<ReadonlyMap<string, Interest>> => {
    const rows = await prisma.$queryRaw<Row[]>(interestStatement(person, doing, attempts));
    return new Map(rows.map(({ attempt_id: attemptId, interest }) => [attemptId, interest]));
  };
  return {
    /** Undefined where there is none, and where there is no such thing. A candidate without an attempt is somebody as well. */
    async of(person: Person, thing: Thing, { id, doing = 'read' }: { id: string; doing?: Doing }): Promise<Interest | undefined> {
      const found = [...(await interestsIn(person, withinReason(thing, doing), ATTEMPTS_OF[thing](id))).values()];
      const first = INTERESTS.find((interest) => found.includes(interest));
      if (first === 'own') return first;
      return (await interestInCandidate(person, doing, { thing, id })) ?? first;
    },

    /** Of these attempts those of which nothing is shown. */
    async among(person: Person, attemptIds: readonly string[]): Promise<ReadonlyMap<string, Interest>> {
      if (attemptIds.length === 0) return new Map();
      return interestsIn(person, 'read', Prisma.sql`SELECT unnest(${[...attemptIds]}::uuid[])`);
    },

    /** Whose a thing is; an attempt of theirs, where there is one. */
    async ownerOf(thing: Thing, id: string): Promise<{ attemptId: string | null; candidateId: string | null }> {
      const [row] = await prisma.$queryRaw<{ attemptId: string; candidateId: string }[]>`
        SELECT a.id AS "attemptId", a.candidate_id AS "candidateId" FROM attempt a WHERE a.id IN (${ATTEMPTS_OF[thing](id)}) ORDER BY a.id DESC LIMIT 1`;
      return row ?? { attemptId: null, candidateId: thing === 'candidate' ? id : null };
    },
  };

  async function interestInCandidate(person: Person, doing: Doing, { thing, id }: { thing: Thing; id: string }): Promise<Interest | undefined> {
    const candidate = CANDIDATE_OF[thing]?.(id);
    if (!candidate) return undefined;
    const [row] = await prisma.$queryRaw<{ own: boolean; knows: boolean }[]>`
      SELECT ${isPerson(person)} AS own, ${knows(person)} AS knows FROM candidate c WHERE c.id IN (${candidate})`;
    if (row?.own) return 'own';
    return row?.knows && doing !== 'read' ? 'knows' : undefined;
  }
}

/** A regrade is about an item and not about people: among the thousands that it changes everybody knows somebody. */
function withinReason(thing: Thing, doing: Doing): Doing {
  return thing === 'regrade' ? 'read' : doing;
}

/** What may be of somebody who has no attempt yet. */
const CANDIDATE_OF: Partial<Readonly<Record<Thing, (id: string) => Prisma.Sql>>> = {
  candidate: (id) => Prisma.sql`SELECT ${id}::uuid`,
  proposedAct: (id) => Prisma.sql`SELECT p.candidate_id FROM proposed_act p WHERE p.id = ${id}::uuid`,
};

export type InterestStore = ReturnType<typeof createInterestStore>;

const CONDITIONS: Readonly<Record<Interest, (person: Person) => Prisma.Sql>> = {
  own: isPerson,
  marking: isMarkedBy,
  knows,
  marked: hasMarked,
  corrected: hasCorrected,
};

function interestStatement(person: Person, doing: Doing, attempts: Prisma.Sql): Prisma.Sql {
  const against = AGAINST[doing];
  const cases = against.map((interest) => Prisma.sql`WHEN ${CONDITIONS[interest](person)} THEN ${Prisma.raw(`'${interest}'`)}`);
  return Prisma.sql`
    SELECT * FROM (
      SELECT a.id AS attempt_id, CASE ${Prisma.join(cases, ' ')} END AS interest
      FROM attempt a JOIN candidate c ON c.id = a.candidate_id WHERE a.id IN (${attempts})) found
    WHERE interest IS NOT NULL`;
}

/** The candidate c, by their subject or their verified address. */
export function isPerson({ subject, email }: Person): Prisma.Sql {
  if (email === undefined) return Prisma.sql`c.subject = ${subject}`;
  return Prisma.sql`(c.subject = ${subject} OR ${Prisma.raw(foldedColumn('c.email'))} = ${foldedAddress(email)})`;
}

/** The conflict or acquaintance x names the candidate of that alias: by subject or address, or as everybody with an address of an employer's domain. */
export function isNamedBy(candidate: 'c' | 'k'): Prisma.Sql {
  const [subject, address] = [Prisma.raw(`${candidate}.subject`), Prisma.raw(foldedColumn(`${candidate}.email`))];
  return Prisma.sql`(
    (x.kind = 'candidate' AND x.value = ${subject}) OR (x.kind = 'email' AND x.value = ${address})
    OR (x.kind = 'employer' AND (x.value = split_part(${address}, '@', 2) OR right(${address}, length(x.value) + 1) = '.' || x.value)))`;
}

/** They hold one of its scripts, or have marked one that is not decided yet. */
function isMarkedBy({ subject }: Person): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT 1 FROM sitting t JOIN submission u ON u.sitting_id = t.id JOIN assignment g ON g.submission_id = u.id
    WHERE t.attempt_id = a.id AND g.holder = ${subject}
      AND (g.state = 'open' OR g.state = 'completed' AND (NOT EXISTS (SELECT 1 FROM decision d WHERE d.attempt_id = a.id AND d.submission_id = u.id)
        OR g.seat = ${APPEAL_SEAT}::int AND EXISTS (SELECT 1 FROM appeal q WHERE q.submission_id = u.id AND q.state = 'open'))))`;
}

/** As they said themselves, as a grader or of staff. */
function knows({ subject }: Person): Prisma.Sql {
  const matches = isNamedBy('c');
  return Prisma.sql`(
    EXISTS (SELECT 1 FROM staff_acquaintance x WHERE x.subject = ${subject} AND x.ended_at IS NULL AND ${matches})
    OR EXISTS (SELECT 1 FROM grader_conflict x WHERE x.grader = ${subject} AND x.ended_at IS NULL AND ${matches}))`;
}

/** A script of the candidate, in whichever attempt. */
function hasMarked({ subject }: Person): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT 1 FROM attempt o JOIN sitting t ON t.attempt_id = o.id JOIN submission u ON u.sitting_id = t.id JOIN assignment g ON g.submission_id = u.id
    WHERE o.candidate_id = c.id AND g.holder = ${subject} AND g.state = 'completed')`;
}

/** They gave the candidate other points or another name by a correction: a doubt about that is for others to settle. */
function hasCorrected({ subject }: Person): Prisma.Sql {
  return Prisma.sql`EXISTS (
    SELECT 1 FROM certificate k JOIN correction o ON o.certificate_id = k.id
    WHERE k.candidate_id = c.id AND o.resolution = 'replaced' AND o.resolved_by = ${subject})`;
}
