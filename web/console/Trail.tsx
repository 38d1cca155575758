import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { download } from '../frame/download.ts';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { instantText } from '../frame/time.ts';
import { getLedgerTrail, type LedgerProofs } from '../generated/client.ts';
import { entriesOf } from './trail.ts';
import './console.css';

/** The trail of an attempt in the ledger: every record made, changed, erased or removed, by whom, and whether a signed head counts it. */
export function Trail() {
  const { t } = useTranslation('console');
  const { attemptId = '' } = useParams();
  const trail = useQuery({ queryKey: ['trail', attemptId], queryFn: () => getLedgerTrail({ attemptId }) });
  return (
    <Page title={t('trail.title')}>
      <p>
        <Link to={`/attempts/${attemptId}`}>{t('trail.back')}</Link>
      </p>
      <p>{t('trail.about')}</p>
      <Loaded query={trail}>{(data) => <Shown attemptId={attemptId} trail={data} />}</Loaded>
    </Page>
  );
}

function Shown({ attemptId, trail }: { readonly attemptId: string; readonly trail: LedgerProofs }) {
  const { t, i18n } = useTranslation('console');
  const saving = useMutation({
    mutationFn: async () => download(`${JSON.stringify(trail, undefined, 2)}\n`, `trail-${attemptId}.json`),
  });
  const { head, waiting } = trail;
  return (
    <>
      <section className="card" aria-labelledby="head">
        <h2 id="head">{t('trail.head')}</h2>
        <p>
          {head === null
            ? t('trail.noHead')
            : t('trail.signed', { when: instantText(head.signedAt, i18n.language), size: new Intl.NumberFormat(i18n.language).format(head.size) })}
        </p>
        {waiting > 0 && <p className="note">{t('trail.waiting', { count: waiting })}</p>}
        <div>
          <Button className="button" onPress={() => saving.mutate()}>
            {t('trail.save')}
          </Button>
        </div>
        <p className="soft">{t('trail.check')}</p>
      </section>
      <section className="section" aria-labelledby="entries">
        <h2 id="entries">{t('trail.entries')}</h2>
        {trail.entries.length === 0 ? <p className="empty">{t('trail.none')}</p> : <Entries trail={trail} />}
      </section>
    </>
  );
}

function Entries({ trail }: { readonly trail: LedgerProofs }) {
  const { t, i18n } = useTranslation('console');
  return (
    <FramedTable
      label={t('trail.entries')}
      headings={[t('trail.position'), t('trail.when'), t('trail.act'), t('trail.record'), t('trail.who'), t('trail.role'), t('trail.proof')]}
    >
      {entriesOf(trail).map(({ position, at, act, kind, record, who, byRole, isCounted }) => (
        <tr key={position}>
          <td>{position}</td>
          <td>{instantText(at, i18n.language)}</td>
          <td>{t(`trail.acts.${act}`)}</td>
          <td>
            <code>{kind}</code> <code className="soft">{record}</code>
          </td>
          <td>{who ?? '–'}</td>
          <td>
            <code>{byRole}</code>
          </td>
          <td>{isCounted ? t('trail.counted') : t('trail.notYet')}</td>
        </tr>
      ))}
    </FramedTable>
  );
}
