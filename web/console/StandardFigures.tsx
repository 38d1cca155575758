import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { ProposedStandard, StandardSettingReport } from '../generated/client.ts';
import { useEstimates } from './estimates.ts';
import { FiguresList } from '../frame/FiguresList.tsx';
import { instantText } from '../frame/time.ts';

/** What a panel's round proposes, of whom, and how sure it is. */
export function StandardFigures({ report }: { readonly report: StandardSettingReport }) {
  const { t, i18n } = useTranslation('console');
  const { examVersion, panelists, itemCount, points, standard, candidates, until } = report;
  return (
    <section className="section" aria-labelledby="proposed">
      <h2 id="proposed">{t('standard.proposed')}</h2>
      <p className="soft">{t('standard.of', { examVersion, count: panelists, items: itemCount, when: instantText(until, i18n.language) })}</p>
      <Standard standard={standard} of={points} />
      <p>{t('standard.changesNothing')}</p>
      <p>
        <Link to="/panels">{t('standard.toPanels')}</Link>
      </p>
      {candidates === 0 && <p className="soft">{t('standard.noPast')}</p>}
    </section>
  );
}

/** The figures themselves, as panelists read them, too. */
export function Standard({ standard: { exact, percent, points, error }, of }: { readonly standard: ProposedStandard; readonly of?: number }) {
  const { t, i18n } = useTranslation('console');
  const { share, points: inPoints } = useEstimates();
  const inPercent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 2 }).format(Number(percent) / 100);
  const rows: readonly (readonly [string, string])[] = [
    [t('reportStandard.share'), inPercent],
    [t('reportStandard.points'), of === undefined ? inPoints(points) : t('reportStandard.pointsOf', { points: inPoints(points), of: inPoints(of) })],
    [t('reportStandard.exact'), exact],
    ...(error
      ? ([
          [t('reportStandard.error'), t('reportStandard.errorOf', { share: share(error.share), points: inPoints(error.points) })],
          [t('reportStandard.interval'), t('reportStandard.between', { low: share(error.low), high: share(error.high) })],
        ] as const)
      : []),
  ];
  return (
    <>
      <FiguresList figures={rows} />
      <p className="soft">{t(error ? 'standard.errorAbout' : 'standard.noError')}</p>
    </>
  );
}
