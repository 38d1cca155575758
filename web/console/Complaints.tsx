import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { answerComplaint, listComplaints, type Complaint } from '../generated/client.ts';
import { useMayAct } from './may-act.ts';
import { ShowMore } from './ShowMore.tsx';
import { WrittenAct } from './WrittenAct.tsx';
import './console.css';

const REFRESH_SECONDS = 15;
const PAGE_ROWS = 50;
const ANSWER_ROWS = 6;

/** What candidates complained of that is no appeal: what waits for an answer, the oldest first, and what was answered. */
export function Complaints() {
  const { t } = useTranslation('console');
  return (
    <Page title={t('complaints.title')}>
      <p className="soft">{t('complaints.about')}</p>
      <ComplaintList which="open" />
      <ComplaintList which="answered" />
    </Page>
  );
}

function ComplaintList({ which }: { readonly which: 'open' | 'answered' }) {
  const { t } = useTranslation('console');
  const isOpen = which === 'open';
  const query = useInfiniteQuery({
    queryKey: ['complaints', which],
    queryFn: ({ pageParam }) =>
      listComplaints({ ...(isOpen && { open: 'true' as const }), ...(pageParam !== null && { after: pageParam }), limit: PAGE_ROWS }),
    ...byCursor,
    ...live(REFRESH_SECONDS),
  });
  const complaints = query.data?.pages.flatMap((page) => page.complaints).filter(({ answer }) => isOpen === (answer === null));
  return (
    <section className="section" aria-labelledby={which}>
      <h2 id={which}>{t(`complaints.${which}`)}</h2>
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {complaints?.length === 0 && <p className="empty">{t('complaints.none')}</p>}
      <ul className="plain-list">
        {complaints?.map((complaint) => (
          <Filed key={complaint.id} complaint={complaint} />
        ))}
      </ul>
      <ShowMore query={query} />
    </section>
  );
}

function Filed({ complaint }: { readonly complaint: Complaint }) {
  const { t, i18n } = useTranslation('console');
  const mayAct = useMayAct();
  const [isAnswering, setAnswering] = useState(false);
  const { id: complaintId, attemptId, examVersion, about, text, filedAt, answer, answeredBy, answeredAt } = complaint;
  return (
    <li className="card">
      <h3>
        {examVersion}: {t(`complaints.matter.${about}`)}
      </h3>
      <p className="written">{text}</p>
      <small>{t('complaints.filed', { when: instantText(filedAt, i18n.language) })}</small>
      {answer !== null && (
        <>
          <strong>{t('complaints.answer')}</strong>
          <p className="written">{answer}</p>
        </>
      )}
      {answeredAt !== null && <small>{t('complaints.answeredBy', { who: answeredBy, when: instantText(answeredAt, i18n.language) })}</small>}
      <p>
        <Link to={`/attempts/${attemptId}`}>{t('claims.attempt')}</Link>
      </p>
      {mayAct && answer === null && (
        <div>
          <Button className="button" onPress={() => setAnswering(true)}>
            {t('complaints.give')}
          </Button>
        </div>
      )}
      {isAnswering && (
        <WrittenAct
          title={t('complaints.give')}
          label={t('complaints.answer')}
          rows={ANSWER_ROWS}
          perform={({ text: newText, idempotencyKey }) => answerComplaint({ complaintId, idempotencyKey, newComplaintAnswer: { text: newText } })}
          changes={[['complaints'], ['story', attemptId]]}
          onClose={() => setAnswering(false)}
        >
          <p className="written">{text}</p>
          <p className="soft">{t('complaints.giveAbout')}</p>
        </WrittenAct>
      )}
    </li>
  );
}
