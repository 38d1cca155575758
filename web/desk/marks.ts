import { createKeeper, type Entries, type Entry, type Keeper } from '../frame/keeping/keeper.ts';
import { saveDraft, type Assignment, type SavedMark } from '../generated/client.ts';

/** The marks of one script while it is marked. */

/** Points as they are typed, so that no keystroke is lost; what is no number yet is saved as none. */
export type MarkValue = { readonly points: string; readonly reason: string };
export type MarkEntry = Entry<MarkValue>;
export type MarkEntries = Entries<MarkValue>;
export type MarkKeeper = Keeper<MarkValue>;

/** What is to be marked, one by one, the same for both tests. */
export type Part = {
  readonly itemId: string;
  readonly title: string;
  readonly pointsMax: number;
  /** What the candidate answered; none where it is in the file. */
  readonly response?: string;
  /** The model answer, or what the criterion asks. */
  readonly guide: string;
};

export function partsOf(assignment: Assignment): readonly Part[] {
  switch (assignment.test) {
    case 'aptitude':
      return assignment.responses.map(({ itemId, prompt, pointsMax, modelAnswer, response }) => ({
        itemId,
        title: prompt,
        pointsMax,
        response,
        guide: modelAnswer,
      }));
    case 'case_study':
      return assignment.criteria.map(({ itemId, title, description, pointsMax }) => ({ itemId, title, pointsMax, guide: description }));
  }
}

export function createMarkKeeper({
  subject,
  assignment: { id, fencingToken, draft },
  onLease,
}: {
  subject: string;
  assignment: Pick<Assignment, 'id' | 'fencingToken' | 'draft'>;
  /** Each save lets the lease run anew. */
  onLease: (leaseExpiresAt: string) => void;
}): Promise<MarkKeeper> {
  return createKeeper<MarkValue>({
    place: { subject, of: id },
    saved: (draft ?? []).map(savedItem),
    save: async ({ itemId, value, sequence }) => {
      const mark = { itemId, points: pointsOf(value.points), reason: value.reason, sequence };
      onLease((await saveDraft({ assignmentId: id, draft: { fencingToken, marks: [mark] } })).leaseExpiresAt);
    },
    isSame: (one, other) => pointsOf(one.points) === pointsOf(other.points) && one.reason.normalize('NFC') === other.reason.normalize('NFC'),
    newerOf: (problem, itemId) => {
      const newer = (problem['current'] as readonly SavedMark[] | undefined)?.find((mark) => mark.itemId === itemId);
      return newer && savedItem(newer);
    },
    closedBy: ['lease_lost', 'assignment_closed', 'grader_not_active'],
  });
}

export function savedItem({ itemId, points, reason, sequence }: SavedMark) {
  return { itemId, sequence, value: { points: points === null ? '' : String(points), reason } };
}

/** "7", "7.5", "7,5"; null for anything else, and for nothing. */
export function pointsOf(text: string): number | null {
  const plain = text.trim().replace(',', '.');
  return /^\d{1,6}(\.\d{1,4})?$/.test(plain) ? Number(plain) : null;
}

export type Lack = 'points' | 'noNumber' | 'tooMany' | 'reason';

/** What a mark still lacks before it can be handed in. The reason is asked for exactly where points are lost. */
export function lackOf({ pointsMax }: Pick<Part, 'pointsMax'>, value: MarkValue | undefined): Lack | undefined {
  if (value === undefined || value.points.trim() === '') return 'points';
  const points = pointsOf(value.points);
  if (points === null) return 'noNumber';
  if (points > pointsMax) return 'tooMany';
  return points < pointsMax && value.reason.trim() === '' ? 'reason' : undefined;
}

/** Points to the hundredth: added as integers, since binary fractions drift. */
export function totalOf(points: readonly number[]): number {
  return points.reduce((sum, one) => sum + Math.round(one * 100), 0) / 100;
}
