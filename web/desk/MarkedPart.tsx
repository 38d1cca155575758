import { useRef, useState, type KeyboardEvent } from 'react';
import { Button, FieldError, Input, Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { EntryNote } from '../frame/keeping/EntryNote.tsx';
import { Markdown } from '../frame/Markdown.tsx';
import type { Assignment, Group } from '../generated/client.ts';
import { CommentBank } from './CommentBank.tsx';
import { canTake, IdenticalAnswers, taken } from './IdenticalAnswers.tsx';
import { lackOf, pointsOf, type MarkEntry, type MarkKeeper, type MarkValue, type Part } from './marks.ts';

type DisputedMark = NonNullable<Assignment['disputedMarks']>[number];

type MarkedPartProps = {
  readonly assignment: Pick<Assignment, 'id' | 'fencingToken'>;
  readonly part: Part;
  readonly number: number;
  readonly disputed: readonly DisputedMark[];
  /** What others answered the same, if anybody did. */
  readonly group: Group | undefined;
  readonly entry: MarkEntry | undefined;
  readonly keeper: MarkKeeper;
  readonly isDisabled: boolean;
};

const BLANK: MarkValue = { points: '', reason: '' };

/** One answer or criterion beside what is asked of it, with its points and the reason for those that are lost. */
export function MarkedPart({ assignment, part, number, disputed, group, entry, keeper, isDisabled }: MarkedPartProps) {
  const { t, i18n } = useTranslation('desk');
  const { itemId, title, pointsMax, response, guide } = part;
  const value = entry?.value ?? BLANK;
  const lack = lackOf(part, entry?.value);
  const points = pointsOf(value.points);
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const change = (changed: Partial<MarkValue>) => keeper.change(itemId, { ...value, ...changed });
  const [isBankOpen, setBankOpen] = useState(false);
  const reason = useRef<HTMLTextAreaElement>(null);
  const takeKept = () => {
    if (canTake(group?.mark, value)) change(taken(assignment, group.mark));
  };
  const losesPoints = points !== null && points < pointsMax;
  return (
    <section
      className="card part"
      aria-labelledby={`part-${number}`}
      data-part={number}
      onKeyDown={(event) => {
        if (isDisabled || !act(event, { k: () => setBankOpen(true), g: takeKept })) moveOn(event, number);
      }}
    >
      <h2 className="part-head" id={`part-${number}`}>
        {t('part.heading', { number })}
      </h2>
      <div className="part-columns">
        <div className="part-read">
          <div className="prompt">{title}</div>
          {response !== undefined && (
            <>
              <h3>{t('part.response')}</h3>
              {response.trim() === '' ? <p className="empty">{t('part.noResponse')}</p> : <p className="written">{response}</p>}
            </>
          )}
          <details className="guide" open>
            <summary>{response === undefined ? t('part.criterion') : t('part.modelAnswer')}</summary>
            <Markdown>{guide}</Markdown>
          </details>
        </div>
        <div className="part-mark">
          {disputed.length > 0 && <Disputed marks={disputed} />}
          {group && (
            <IdenticalAnswers
              assignment={assignment}
              group={group}
              value={value}
              isWhole={lack === undefined}
              isDisabled={isDisabled}
              onTake={takeKept}
            />
          )}
          <TextField
            className="field points"
            value={value.points}
            onChange={(typed) => change({ points: typed })}
            isDisabled={isDisabled}
            isInvalid={lack === 'noNumber' || lack === 'tooMany'}
          >
            <Label>{t('part.points', { max: numbers.format(pointsMax) })}</Label>
            <Input className="input" inputMode="decimal" autoComplete="off" data-points />
            <FieldError className="field-error">
              {lack === 'tooMany' ? t('lack.tooMany', { max: numbers.format(pointsMax) }) : t('lack.noNumber')}
            </FieldError>
          </TextField>
          <TextField className="field" value={value.reason} onChange={(reason) => change({ reason })} isDisabled={isDisabled}>
            <Label>{losesPoints ? t('part.reasonNeeded') : t('part.reason')}</Label>
            <TextArea ref={reason} className="input" rows={4} spellCheck data-reason />
          </TextField>
          <div className="row">
            <Button className="button" isDisabled={isDisabled} onPress={() => setBankOpen(true)}>
              {t('comments.open')}
            </Button>
          </div>
          {isBankOpen && (
            <CommentBank
              assignment={assignment}
              part={part}
              value={value}
              onChange={(changed) => keeper.change(itemId, changed)}
              onClose={() => {
                setBankOpen(false);
                // Once the dialog is gone and has given the focus back.
                setTimeout(() => reason.current?.focus());
              }}
            />
          )}
          <EntryNote
            itemId={itemId}
            entry={entry}
            keeper={keeper}
            newer={(mark) => (
              <>
                <p>{t('save.conflict', { points: mark.points || '–' })}</p>
                <p className="written">{mark.reason}</p>
              </>
            )}
          />
        </div>
      </div>
    </section>
  );
}

/** Does what the key does with Ctrl, if it is one of these; the dialog is a part of this one to React, and has keys of its own. */
function act(event: KeyboardEvent<HTMLElement>, acts: Readonly<Record<string, () => void>>): boolean {
  const asked = event.ctrlKey ? acts[event.key] : undefined;
  if (!asked || !event.currentTarget.contains(event.target as Node)) return false;
  event.preventDefault();
  asked();
  return true;
}

/** Enter leads from the points to the reason where one is needed, else on; with Ctrl always on, with Ctrl and an arrow up and down. */
function moveOn(event: KeyboardEvent<HTMLElement>, number: number): void {
  const target = event.target as HTMLElement;
  if (!event.currentTarget.contains(target)) return;
  const isPoints = 'points' in target.dataset;
  const part = event.currentTarget;
  const to = (next: number) => {
    const field = part.parentElement?.querySelector<HTMLElement>(`[data-part="${next}"] [data-points]`);
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.scrollIntoView({ block: 'center' });
  };
  if (event.ctrlKey && event.key === 'ArrowDown') to(number + 1);
  else if (event.ctrlKey && event.key === 'ArrowUp') to(number - 1);
  else if (event.key === 'Enter' && event.ctrlKey) to(number + 1);
  else if (event.key === 'Enter' && isPoints) {
    event.preventDefault();
    part.querySelector<HTMLElement>('[data-reason]')?.focus();
  }
}

/** What two graders who knew nothing of each other gave, side by side, and how far apart they are. */
function Disputed({ marks }: { readonly marks: readonly DisputedMark[] }) {
  const { t, i18n } = useTranslation('desk');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const given = marks.map(({ points }) => Math.round(points * 100));
  const distance = (Math.max(...given) - Math.min(...given)) / 100;
  return (
    <div className="disputed">
      <p>
        <strong>{t('disputed.apart', { points: numbers.format(distance) })}</strong>
      </p>
      <div className="disputed-columns">
        {marks
          .toSorted((one, other) => (one.grader < other.grader ? -1 : 1))
          .map(({ grader, points, reason }) => (
            <div key={grader}>
              <h3>{t('disputed.grader', { letter: grader })}</h3>
              <p className="disputed-points">{t('disputed.points', { points: numbers.format(points) })}</p>
              <p className="written">{reason}</p>
            </div>
          ))}
      </div>
    </div>
  );
}
