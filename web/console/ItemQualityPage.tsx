import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { getItemQuality, type ItemQuality } from '../generated/client.ts';
import { useExamVersion } from './ExamVersionPage.tsx';

type Item = ItemQuality['items'][number];

/** How far two graders agree about each item and criterion, version by version: the least agreed on is to be mended first. */
export function ItemQualityPage() {
  const { t } = useTranslation('console');
  const { examId = '' } = useParams();
  const quality = useQuery({ queryKey: ['item-quality', examId], queryFn: () => getItemQuality({ examId }) });
  return (
    <Page title={t('quality.title')}>
      <p className="soft">{t('quality.about')}</p>
      <Loaded query={quality}>
        {({ items }) => {
          const versions = [...new Set(items.map(({ version }) => version))].toSorted((one, other) => other - one);
          if (versions.length === 0) return <p className="empty">{t('quality.none')}</p>;
          return versions.map((version) => (
            <Version key={version} examId={examId} version={version} items={items.filter((item) => item.version === version)} />
          ));
        }}
      </Loaded>
    </Page>
  );
}

function Version({ examId, version, items }: { readonly examId: string; readonly version: number; readonly items: readonly Item[] }) {
  const { t, i18n } = useTranslation('console');
  const { data } = useExamVersion(examId, version);
  const title = data ? t('exams.version', data.form) : t('exams.version', { title: examId, version });
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 });
  const share = (value: number | null) => (value === null ? t('quality.tooFew') : percent.format(value));
  const interval = (value: Item['kappa']) =>
    value === null
      ? t('quality.tooFew')
      : t('quality.interval', { value: numbers.format(value.value), low: numbers.format(value.low), high: numbers.format(value.high) });
  const nameOf = ({ itemId, caseStudyId }: Item) => {
    const item = data?.form.aptitudeTest.items.find(({ id }) => id === itemId);
    const study = data?.form.caseStudies.find(({ id }) => id === caseStudyId);
    const criterion = study?.rubric.find(({ id }) => id === itemId);
    return study && criterion ? `${study.title}: ${criterion.title}` : (item?.prompt.split('\n', 1)[0] ?? itemId);
  };
  return (
    <section className="section" aria-labelledby={`version-${version}`}>
      <h2 id={`version-${version}`}>{title}</h2>
      <FramedTable
        label={t('quality.tableOf', { title })}
        headings={(['item', 'test', 'distance', 'spread', 'kappa', 'icc', 'pairs', 'adjudicated'] as const).map((column) => t(`quality.${column}`))}
      >
        {items.map((item) => (
          <tr key={`${item.test} ${item.caseStudyId} ${item.itemId}`}>
            <td>{nameOf(item)}</td>
            <td>{t(`test.${item.test}`)}</td>
            <td>{share(item.distance)}</td>
            <td>{share(item.spread)}</td>
            <td>{interval(item.kappa)}</td>
            <td>{interval(item.icc)}</td>
            <td>{numbers.format(item.pairs)}</td>
            <td>{numbers.format(item.adjudicated)}</td>
          </tr>
        ))}
      </FramedTable>
    </section>
  );
}
