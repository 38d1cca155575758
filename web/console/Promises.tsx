import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { deadlineText, durationText } from '../frame/time.ts';
import { listPromiseForecasts, type PromiseForecast, type PromiseRisk } from '../generated/client.ts';

const REFRESH_SECONDS = 60;

/** For which exam the promised time is at risk, from when on, and what would help; then those for which it holds. */
export function Promises() {
  const { t } = useTranslation('console');
  const forecasts = useQuery({ queryKey: ['promise-forecasts'], queryFn: () => listPromiseForecasts(), ...live(REFRESH_SECONDS) });
  return (
    <Page title={t('promises.title')}>
      <Loaded query={forecasts}>{({ forecasts: all }) => <All forecasts={all} />}</Loaded>
    </Page>
  );
}

function All({ forecasts }: { readonly forecasts: readonly PromiseForecast[] }) {
  const { t } = useTranslation('console');
  if (forecasts.length === 0) return <p className="empty">{t('promises.notCounted')}</p>;
  const atRisk = forecasts.filter(({ risk }) => risk !== null);
  const kept = forecasts.filter(({ risk }) => risk === null);
  return (
    <>
      <section className="section" aria-labelledby="at-risk">
        <h2 id="at-risk">{t('promises.atRisk')}</h2>
        {atRisk.length === 0 ? <p className="empty">{t('promises.none')}</p> : <Cards forecasts={atRisk} />}
      </section>
      {kept.length > 0 && (
        <section className="section" aria-labelledby="kept">
          <h2 id="kept">{t('promises.kept')}</h2>
          <Cards forecasts={kept} />
        </section>
      )}
    </>
  );
}

function Cards({ forecasts }: { readonly forecasts: readonly PromiseForecast[] }) {
  return (
    <div className="cards">
      {forecasts.map((forecast) => (
        <Forecast key={`${forecast.examId} ${forecast.language ?? ''} ${forecast.test}`} forecast={forecast} />
      ))}
    </div>
  );
}

function Forecast({ forecast }: { readonly forecast: PromiseForecast }) {
  const { t, i18n } = useTranslation('console');
  const { examId, language, test, risk, resultInHours, promisedInHours, underGrading, submissionsAWeek, graders, hoursAWeek, hoursAhead } = forecast;
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  const duration = (hours: number) => durationText(hours * 3600, i18n.language);
  return (
    <article className="card">
      <h3>
        {examId}
        {language !== null && ` (${language})`}, {t(`test.${test}`)}
      </h3>
      {risk && <Risk risk={risk} />}
      <p>
        {resultInHours === null
          ? t('promises.resultUnknown', { promised: duration(promisedInHours) })
          : t('promises.result', { expected: duration(resultInHours), promised: duration(promisedInHours) })}
      </p>
      <p className="soft">{t('promises.work', { waiting: number(underGrading), hours: number(hoursAhead), aWeek: number(submissionsAWeek) })}</p>
      <p className="soft">{t('promises.offer', { count: graders, hours: number(hoursAWeek) })}</p>
    </article>
  );
}

function Risk({ risk: { from, why, hoursMoreAWeek, designatedHoursMoreAWeek, riskLimit } }: { readonly risk: PromiseRisk }) {
  const { t, i18n } = useTranslation('console');
  const percent = (share: number) => new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 }).format(share);
  const number = (value: number) => new Intl.NumberFormat(i18n.language).format(value);
  return (
    <>
      <p className="note warning">
        {t(`promises.why.${why}`)} {t('promises.from', { when: deadlineText(from, i18n.language) })}
      </p>
      <ul>
        {hoursMoreAWeek !== null && <li>{t('promises.hours', { hours: number(hoursMoreAWeek) })}</li>}
        {designatedHoursMoreAWeek !== null && <li>{t('promises.designatedHours', { hours: number(designatedHoursMoreAWeek) })}</li>}
        {riskLimit !== null && (
          <li>
            {t('promises.limit', {
              limit: percent(riskLimit.limitPercent / 100),
              twice: percent(riskLimit.shareMarkedTwice),
              wrong: percent(riskLimit.wrongShare),
            })}
          </li>
        )}
      </ul>
    </>
  );
}
