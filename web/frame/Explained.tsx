import { lazy, Suspense, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Explanation, OwnExplanation } from '../generated/client.ts';
import { instantText } from './time.ts';

const Markdown = lazy(async () => ({ default: (await import('./Markdown.tsx')).Markdown }));

type Explained = OwnExplanation | Explanation;
type Item = Explained['items'][number];

/** Why a test was decided as it was: each part with its marks, then the sum against the pass mark. `about` says more of a part to whom may read it. */
export function ExplainedDecision<Of extends Explained>({
  explanation,
  secondLook,
  about,
}: {
  readonly explanation: Of;
  readonly secondLook: string;
  readonly about?: (item: Of['items'][number]) => ReactNode;
}) {
  const { t } = useTranslation('frame');
  const { rules, items, disputes, submission, appeal } = explanation;
  return (
    <div className="section">
      {submission === null && <p>{t('why.notSubmitted')}</p>}
      {appeal && <Appealed appeal={appeal} />}
      <p>{t(`why.rules.${rules.adjudication}`, { passMark: rules.passMark, tolerance: rules.tolerance })}</p>
      <p>{secondLook}</p>
      <ol className="plain-list">
        {items.map((item: Of['items'][number]) => (
          <li key={item.itemId}>
            <Part item={item}>{about?.(item)}</Part>
          </li>
        ))}
      </ol>
      {disputes && (
        <p>
          {t(disputes.isAdjudicated ? 'why.adjudicated' : 'why.notAdjudicated', {
            items: disputes.itemIds.join(', '),
            lowest: disputes.lowest.fraction,
            highest: disputes.highest.fraction,
          })}
        </p>
      )}
      <Sum explanation={explanation} />
    </div>
  );
}

/** Why it was looked at again, and what came of that. */
function Appealed({ appeal: { filedAt, answer, items } }: { readonly appeal: NonNullable<Explained['appeal']> }) {
  const { t, i18n } = useTranslation('frame');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 3 });
  return (
    <section aria-label={t('why.appealed')}>
      <p>{t('why.appealAnswered', { when: instantText(filedAt, i18n.language), answer: t(`why.appealAnswer.${answer}`) })}</p>
      <ul className="plain-list">
        {items.map(({ itemId, title, reason, text, pointsBefore, markedPoints, grader, points, pointsMax }) => (
          <li key={itemId}>
            <strong>
              {title}: {t(`why.appealReason.${reason}`)}
            </strong>
            <p className="written">{text}</p>
            <p>
              {t('why.appealOutcome', {
                before: numbers.format(pointsBefore),
                grader,
                marked: markedPoints === null ? '–' : numbers.format(markedPoints),
                points: numbers.format(points),
                max: numbers.format(pointsMax),
              })}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Part({ item, children }: { readonly item: Item; readonly children?: ReactNode }) {
  const { t, i18n } = useTranslation('frame');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 3 });
  return (
    <details>
      <summary>
        {t('why.part', {
          title: item.title,
          points: numbers.format(item.points),
          max: numbers.format(item.pointsMax),
          basis: t(`why.basis.${item.basis}`),
        })}
      </summary>
      {item.answer !== null && <p className="written">{item.answer}</p>}
      {children}
      <ul className="plain-list">
        {item.marks.map(({ grader, role, points, reason }) => (
          <li key={grader}>
            <strong>{t(`why.${role}`, { grader, points: numbers.format(points), max: numbers.format(item.pointsMax) })}</strong>
            {reason !== '' && (
              <Suspense fallback={reason}>
                <Markdown>{reason}</Markdown>
              </Suspense>
            )}
          </li>
        ))}
      </ul>
      {item.spread && <p className="soft">{t(item.spread.agrees ? 'why.within' : 'why.apart', { points: numbers.format(item.spread.points) })}</p>}
    </details>
  );
}

/** Nothing is rounded in it: whoever likes works it out again. */
function Sum({ explanation: { items, points, pointsMax, passed, percentage, rules, arithmetic } }: { readonly explanation: Explained }) {
  const { t, i18n } = useTranslation('frame');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 3 });
  const terms = items.map((item: Item) => numbers.format(item.points)).join(' + ');
  return (
    <>
      <p>{t('why.sum', { terms, points: numbers.format(points), max: numbers.format(pointsMax) })}</p>
      <p>
        {t(passed ? 'why.reached' : 'why.missed', {
          points: numbers.format(points),
          max: numbers.format(pointsMax),
          passMark: rules.passMark,
          percentage,
          reached: arithmetic.reached,
          needed: arithmetic.needed,
        })}
      </p>
    </>
  );
}
