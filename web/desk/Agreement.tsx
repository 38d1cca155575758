import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { getOwnAgreement, type Agreement } from '../generated/client.ts';

/** How far one's own marks agree with those of others who marked the same. */
export function AgreementPage() {
  const { t } = useTranslation('desk');
  const agreement = useQuery({ queryKey: ['agreement'], queryFn: () => getOwnAgreement() });
  return (
    <Page title={t('agreement.title')}>
      <p className="soft">{t('agreement.about')}</p>
      <Loaded query={agreement}>
        {({ exams }) => (exams.length === 0 ? <p className="empty">{t('agreement.none')}</p> : <Figures exams={exams} />)}
      </Loaded>
    </Page>
  );
}

type Interval = Agreement['exams'][number]['kappa'];

function Figures({ exams }: { readonly exams: Agreement['exams'] }) {
  const { t, i18n } = useTranslation('desk');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 });
  const interval = (value: Interval) =>
    value === null
      ? t('agreement.tooFew')
      : t('agreement.interval', { value: numbers.format(value.value), low: numbers.format(value.low), high: numbers.format(value.high) });
  const share = (value: number | null) => (value === null ? t('agreement.tooFew') : percent.format(value));
  return (
    <div className="cards">
      {exams.map(({ examId, test, scripts, pairs, kappa, icc, severity, distance }) => (
        <article className="card" key={`${examId} ${test}`}>
          <h2>
            {examId} · {t(`agreement.test.${test}`)}
          </h2>
          <dl className="figures-list">
            {[
              [t('agreement.scripts'), numbers.format(scripts)],
              [t('agreement.pairs'), numbers.format(pairs)],
              [t('agreement.kappa'), interval(kappa)],
              [t('agreement.icc'), interval(icc)],
              [t('agreement.severity'), share(severity)],
              [t('agreement.distance'), share(distance)],
            ].map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </article>
      ))}
    </div>
  );
}
