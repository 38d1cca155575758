import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { lackOf, type MarkEntries, type Part } from './marks.ts';

type ReviewProps = {
  readonly parts: readonly Part[];
  readonly entries: MarkEntries;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly onBack: () => void;
  readonly onComplete: () => void;
};

/** What will be handed in, mark by mark, before it is: nothing of it changes afterwards. */
export function Review({ parts, entries, isPending, error, onBack, onComplete }: ReviewProps) {
  const { t, i18n } = useTranslation('desk');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const lacking = parts.filter((part) => lackOf(part, entries.items[part.itemId]?.value) !== undefined).length;
  return (
    <section className="section" aria-labelledby="review">
      <h2 id="review">{t('review.title')}</h2>
      <p>{lacking === 0 ? t('review.complete') : t('review.lacking', { count: lacking })}</p>
      <ol className="plain-list">
        {parts.map((part, index) => {
          const value = entries.items[part.itemId]?.value;
          const lack = lackOf(part, value);
          return (
            <li className="card" key={part.itemId}>
              <div className="row spread">
                <strong>{t('part.heading', { number: index + 1 })}</strong>
                <span className={`badge ${lack ? 'warning' : 'good'}`}>
                  {lack
                    ? t(`lack.${lack}`, { max: numbers.format(part.pointsMax) })
                    : t('review.of', { points: value?.points ?? '', max: numbers.format(part.pointsMax) })}
                </span>
              </div>
              <p className="soft">{part.title}</p>
              {value && value.reason.trim() !== '' && <p className="written">{value.reason}</p>}
            </li>
          );
        })}
      </ol>
      {error !== null && error !== undefined && <TroubleNote error={error} />}
      <p>{t('review.final')}</p>
      <div className="row">
        <Button className="button" onPress={onBack}>
          {t('review.back')}
        </Button>
        <Button className="button primary" isPending={isPending} isDisabled={lacking > 0 || entries.closed !== undefined} onPress={onComplete}>
          {t('review.handIn')}
        </Button>
      </div>
    </section>
  );
}
