import { useTranslation } from 'react-i18next';
import { deadlineText, durationText, timeZone } from '../frame/time.ts';
import type { Attempt } from '../generated/client.ts';

/** Until when what has to be done, in the reader's own zone, and what more time somebody has. */
export function Windows({ attempt: { deadlines, limit, accommodationPercent } }: { readonly attempt: Attempt }) {
  const { t, i18n } = useTranslation('exam');
  const known = (['start', 'aptitudeTest', 'download', 'caseStudy'] as const).flatMap((window) => {
    const deadline = deadlines[window];
    return deadline === null ? [] : [{ window, deadline }];
  });
  if (known.length === 0 && accommodationPercent === 100) return null;
  return (
    <section className="card" aria-labelledby="windows">
      <h2 id="windows">{t('windows.title')}</h2>
      <dl className="pairs">
        {known.map(({ window, deadline }) => (
          <div key={window}>
            <dt>{t(`windows.${window}`)}</dt>
            <dd>
              <time dateTime={deadline}>{deadlineText(deadline, i18n.language)}</time>
            </dd>
          </div>
        ))}
      </dl>
      <small>{t('windows.zone', { zone: timeZone() })}</small>
      {accommodationPercent > 100 && (
        <p className="note">{t('windows.accommodation', { factor: new Intl.NumberFormat(i18n.language).format(accommodationPercent / 100) })}</p>
      )}
      {limit && limit.extensions.length > 0 && (
        <ul className="plain-list">
          {limit.extensions.map(({ kind, deadline, seconds }) => (
            <li className="note" key={`${kind} ${deadline} ${seconds}`}>
              {deadline === null
                ? t('windows.outage', { duration: durationText(seconds ?? 0, i18n.language) })
                : t(`windows.moved.${kind as 'extension' | 'correction' | 'reopening'}`, { when: deadlineText(deadline, i18n.language) })}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
