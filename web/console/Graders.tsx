import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { expectGrader, listDrifts, listGraders } from '../generated/client.ts';
import { Drifts } from './Drifts.tsx';
import { useMayAct } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';
import { ShowMore } from './ShowMore.tsx';

const PAGE_ROWS = 50;
const REFRESH_SECONDS = 60;

type Listed = Awaited<ReturnType<typeof listGraders>>['graders'][number];

/** Everybody who marks, or is expected to. */
export function Graders() {
  const { t } = useTranslation('console');
  const query = useInfiniteQuery({
    queryKey: ['graders'],
    queryFn: ({ pageParam }) => listGraders({ limit: PAGE_ROWS, ...(pageParam !== null && { after: pageParam }) }),
    ...byCursor,
  });
  const drifts = useQuery({ queryKey: ['drifts', 'open'], queryFn: () => listDrifts({ isOpen: 'true' }), ...live(REFRESH_SECONDS) });
  const graders = query.data?.pages.flatMap((page) => page.graders);
  return (
    <Page title={t('graders.title')} actions={<Ways />}>
      <section className="section" aria-labelledby="drifts">
        <h2 id="drifts">{t('drift.title')}</h2>
        <Loaded query={drifts}>
          {({ drifts: open }) => (open.length === 0 ? <p className="empty">{t('drift.none')}</p> : <Drifts drifts={open} />)}
        </Loaded>
      </section>
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {graders?.length === 0 && <p className="empty">{t('graders.none')}</p>}
      {graders && graders.length > 0 && <List graders={graders} />}
      <ShowMore query={query} />
    </Page>
  );
}

/** Where seeds and who is trained by them are, where pay is set, and how somebody is known before they come. */
function Ways() {
  const { t } = useTranslation('console');
  const mayAct = useMayAct();
  const [isExpecting, setIsExpecting] = useState(false);
  return (
    <div className="row">
      <Link className="button" to="/seeds">
        {t('seeds.title')}
      </Link>
      <Link className="button" to="/pay-rates">
        {t('rates.title')}
      </Link>
      {mayAct && (
        <Button className="button" onPress={() => setIsExpecting(true)}>
          {t('graders.expect')}
        </Button>
      )}
      {isExpecting && <Expect onClose={() => setIsExpecting(false)} />}
    </div>
  );
}

function Expect({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('console');
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const subject = typed.trim();
  return (
    <ReasonedAct
      title={t('graders.expect')}
      isReady={subject !== ''}
      perform={({ reason, idempotencyKey }) => expectGrader({ idempotencyKey, graderExpectation: { subject, reason } })}
      changes={[['graders']]}
      onClose={(isDone) => {
        onClose();
        if (isDone) void navigate(`/graders/${encodeURIComponent(subject)}`);
      }}
    >
      <p>{t('graders.expectAbout')}</p>
      <TextField className="field" value={typed} onChange={setTyped} isRequired>
        <Label>{t('graders.expectSubject')}</Label>
        <Input className="input" autoComplete="off" />
      </TextField>
    </ReasonedAct>
  );
}

function List({ graders }: { readonly graders: readonly Listed[] }) {
  const { t, i18n } = useTranslation('console');
  return (
    <FramedTable label={t('graders.title')} headings={[t('graders.grader'), t('graders.state'), t('graders.lastSeen')]}>
      {graders.map(({ subject, state, designated, lastSeenAt }) => (
        <tr key={subject}>
          <td>
            <Link to={`/graders/${encodeURIComponent(subject)}`}>{subject}</Link>
          </td>
          <td>
            {t(`graders.states.${state}`)} {designated && <span className="badge accent">{t('graders.designated')}</span>}
          </td>
          <td>{new Date(lastSeenAt).getTime() === 0 ? t('graders.never') : instantText(lastSeenAt, i18n.language)}</td>
        </tr>
      ))}
    </FramedTable>
  );
}
