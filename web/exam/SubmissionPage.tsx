import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { download, save } from '../frame/download.ts';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { deadlineText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { getSubmission, getSubmissionDocument, type Submission } from '../generated/client.ts';
import { submissionsQuery } from './queries.ts';
import { isGenuine } from './receipt.ts';
import './exam.css';

/** What was handed in, with the receipt to keep. */
export function SubmissionPage() {
  const { t } = useTranslation('exam');
  const { attemptId = '', submissionId = '' } = useParams();
  const submissions = useQuery(submissionsQuery(attemptId));
  return (
    <Page
      title={t('submission.title')}
      actions={
        <Link className="button" to={`/attempts/${attemptId}`}>
          {t('test.toAttempt')}
        </Link>
      }
    >
      <Loaded query={submissions}>
        {({ submissions: all }) => {
          const submission = all.find((one) => one.submissionId === submissionId);
          return submission ? <Receipt submission={submission} /> : <p className="empty">{t('submission.none')}</p>;
        }}
      </Loaded>
      <HandedIn attemptId={attemptId} submissionId={submissionId} />
    </Page>
  );
}

function Receipt({ submission: { submissionId, test, cause, contentHash, submittedAt, expectedBy, receipt } }: { readonly submission: Submission }) {
  const { t, i18n } = useTranslation('exam');
  const checking = useMutation({ mutationFn: () => isGenuine({ receipt, contentHash }) });
  return (
    <section className="card" aria-labelledby="receipt">
      <h2 id="receipt">{t('receipt.title')}</h2>
      <p className="note good">{t(`receipt.handedIn.${cause}`, { test: t(`test.${test}`), when: deadlineText(submittedAt, i18n.language) })}</p>
      {expectedBy !== null && <p>{t('receipt.expected', { when: deadlineText(expectedBy, i18n.language) })}</p>}
      <dl className="pairs">
        <div>
          <dt>{t('receipt.hash')}</dt>
          <dd>
            <code>{contentHash}</code>
          </dd>
        </div>
        <div>
          <dt>{t('receipt.id')}</dt>
          <dd>
            <code>{submissionId}</code>
          </dd>
        </div>
      </dl>
      <p className="soft">{t('receipt.about')}</p>
      <div className="row">
        <Button className="button primary" onPress={() => download(receipt, `receipt-${submissionId}.jws`)}>
          {t('receipt.save')}
        </Button>
        <Button className="button" isPending={checking.isPending} onPress={() => checking.mutate()}>
          {t('receipt.check')}
        </Button>
      </div>
      {checking.error && <TroubleNote error={checking.error} />}
      {checking.data !== undefined && (
        <p className={checking.data ? 'note good' : 'note trouble'} role="status">
          {checking.data ? t('receipt.genuine') : t('receipt.notGenuine')}
        </p>
      )}
    </section>
  );
}

function HandedIn({ attemptId, submissionId }: { readonly attemptId: string; readonly submissionId: string }) {
  const { t } = useTranslation('exam');
  const handedIn = useQuery({
    queryKey: ['submission', submissionId],
    queryFn: () => getSubmission({ attemptId, submissionId }),
    // It never changes.
    staleTime: Infinity,
  });
  const saving = useMutation({
    mutationFn: () => getSubmissionDocument({ attemptId, submissionId }),
    onSuccess: save,
  });
  return (
    <section className="section" aria-labelledby="answers">
      <h2 id="answers">{t('submission.answers')}</h2>
      <Loaded query={handedIn}>
        {({ answers }) =>
          answers.length === 0 ? (
            <p>{t('submission.file')}</p>
          ) : (
            <>
              <ol className="plain-list">
                {answers.map(({ itemId, prompt, text, response }, index) => (
                  <li className="card" key={itemId}>
                    <strong>{t('question.number', { number: index + 1 })}</strong>
                    <p className="soft">{prompt}</p>
                    {response === null ? <p>{t('review.notAnswered')}</p> : <p className="written">{text}</p>}
                  </li>
                ))}
              </ol>
              {saving.error && <TroubleNote error={saving.error} />}
              <div>
                <Button className="button" isPending={saving.isPending} onPress={() => saving.mutate()}>
                  {t('submission.document')}
                </Button>
              </div>
            </>
          )
        }
      </Loaded>
    </section>
  );
}
