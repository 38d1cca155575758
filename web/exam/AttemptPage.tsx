import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { Confirm } from '../frame/Confirm.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { deadlineText, instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { downloadCaseStudy, startAptitudeTest, withdrawAttempt, type Attempt } from '../generated/client.ts';
import { Appeals } from './Appeals.tsx';
import { CertificateCard } from './CertificateCard.tsx';
import { Complaints } from './Complaints.tsx';
import { Countdown } from './Countdown.tsx';
import { attemptQuery, noticesQuery, submissionsQuery, useExamTitle } from './queries.ts';
import { standingOf } from './standing.ts';
import { Results } from './Results.tsx';
import { Windows } from './Windows.tsx';
import './exam.css';

/** One attempt: where it stands, what is to be done, and all that came of it. Mails lead here. */
export function AttemptPage() {
  const { t } = useTranslation('exam');
  const { attemptId = '' } = useParams();
  const attempt = useQuery(attemptQuery(attemptId));
  const title = useExamTitle(attempt.data ?? { examId: '', examVersion: '' });
  return (
    <Page title={title === '' ? t('attempt.title') : title}>
      <Loaded query={attempt}>
        {(data) => (
          <div className="columns">
            <div className="column">
              <Standing attempt={data} />
              {data.phase === 'certified' && <CertificateCard attemptId={attemptId} />}
              {data.grading === null && <Appeals attemptId={attemptId} />}
              <Results attemptId={attemptId} />
              <Submissions attemptId={attemptId} />
              <Complaints attemptId={attemptId} />
            </div>
            <div className="column">
              <Windows attempt={data} />
              <Inbox attemptId={attemptId} />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Standing({ attempt }: { readonly attempt: Attempt }) {
  const { t, i18n } = useTranslation('exam');
  const { phase, waitingFor, outcomeReasonCode } = attempt;
  return (
    <section className="card" aria-labelledby="standing">
      <div className="row spread">
        <h2 id="standing">{t(`phase.${standingOf(attempt)}`)}</h2>
        {(phase === 'aptitude_test' || phase === 'case_study') && attempt.limit && <Countdown deadline={attempt.limit.deadline} />}
      </div>
      {outcomeReasonCode !== null && <p>{t(`reason.${outcomeReasonCode}`)}</p>}
      {waitingFor && (
        <p>
          {t(`waiting.${waitingFor.code}`)}
          {waitingFor.until !== null && <> {t('overview.until', { when: deadlineText(waitingFor.until, i18n.language) })}</>}
        </p>
      )}
      {attempt.grading && <ExpectedResult grading={attempt.grading} />}
      <NextStep attempt={attempt} />
    </section>
  );
}

/** The promise stands above it: said only where it is another date. */
function ExpectedResult({ grading: { promisedBy, expectedBy } }: { readonly grading: NonNullable<Attempt['grading']> }) {
  const { t, i18n } = useTranslation('exam');
  if (expectedBy === null) return <p className="note warning">{t('expected.unknown')}</p>;
  if (expectedBy === promisedBy) return null;
  const isLater = expectedBy > promisedBy;
  return (
    <p className={isLater ? 'note warning' : 'note'}>
      {t(isLater ? 'expected.later' : 'expected.earlier', { when: deadlineText(expectedBy, i18n.language) })}
    </p>
  );
}

function NextStep({ attempt }: { readonly attempt: Attempt }) {
  const { t } = useTranslation('exam');
  const { id, phase, examId } = attempt;
  return (
    <div className="row">
      {standingOf(attempt) === 'passedSince' && (
        <Link className="button primary" to={`/exams/${examId}`}>
          {t('attempt.registerAgain')}
        </Link>
      )}
      {phase === 'registered' && <Begin attempt={attempt} what="test" />}
      {phase === 'aptitude_test' && (
        <Link className="button primary" to={`/attempts/${id}/test`}>
          {t('attempt.continueTest')}
        </Link>
      )}
      {phase === 'case_study_offered' && <Begin attempt={attempt} what="caseStudy" />}
      {(phase === 'case_study' || phase === 'case_study_grading') && (
        <Link className={phase === 'case_study' ? 'button primary' : 'button'} to={`/attempts/${id}/case-study`}>
          {t('attempt.toCaseStudy')}
        </Link>
      )}
      {(phase === 'registered' || phase === 'aptitude_test' || phase === 'case_study_offered' || phase === 'case_study') && (
        <Withdraw attemptId={id} />
      )}
    </div>
  );
}

/** A clock begins to run: asked for first. */
function Begin({ attempt: { id, limit, accommodationPercent }, what }: { readonly attempt: Attempt; readonly what: 'test' | 'caseStudy' }) {
  const { t } = useTranslation('exam');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const begin = useMutation({
    mutationFn: async () => {
      if (what === 'test') await startAptitudeTest({ attemptId: id });
      else await downloadCaseStudy({ attemptId: id });
    },
    onSuccess: async () => {
      await queries.invalidateQueries();
      await navigate(`/attempts/${id}/${what === 'test' ? 'test' : 'case-study'}`);
    },
    onError: () => setAsking(false),
  });
  return (
    <>
      {begin.error && <TroubleNote error={begin.error} />}
      <Button className="button primary" onPress={() => setAsking(true)}>
        {t(`begin.${what}.action`)}
      </Button>
      <Confirm
        isOpen={isAsking}
        title={t(`begin.${what}.title`)}
        action={t(`begin.${what}.confirm`)}
        isPending={begin.isPending}
        onConfirm={() => begin.mutate()}
        onCancel={() => setAsking(false)}
      >
        <p>{t(`begin.${what}.about`)}</p>
        {accommodationPercent > 100 && limit && <AccommodationNote percent={accommodationPercent} />}
      </Confirm>
    </>
  );
}

function AccommodationNote({ percent }: { readonly percent: number }) {
  const { t, i18n } = useTranslation('exam');
  return <p className="note">{t('windows.accommodation', { factor: new Intl.NumberFormat(i18n.language).format(percent / 100) })}</p>;
}

function Withdraw({ attemptId }: { readonly attemptId: string }) {
  const { t } = useTranslation('exam');
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const withdrawing = useMutation({
    mutationFn: () => withdrawAttempt({ attemptId }),
    onSuccess: () => queries.invalidateQueries(),
    onSettled: () => setAsking(false),
  });
  return (
    <>
      <Button className="button quiet" onPress={() => setAsking(true)}>
        {t('withdraw.action')}
      </Button>
      {withdrawing.error && <TroubleNote error={withdrawing.error} />}
      <Confirm
        isOpen={isAsking}
        title={t('withdraw.title')}
        action={t('withdraw.confirm')}
        isPending={withdrawing.isPending}
        onConfirm={() => withdrawing.mutate()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('withdraw.about')}</p>
      </Confirm>
    </>
  );
}

function Submissions({ attemptId }: { readonly attemptId: string }) {
  const { t, i18n } = useTranslation('exam');
  const { data } = useQuery(submissionsQuery(attemptId));
  if (!data || data.submissions.length === 0) return null;
  return (
    <section className="section" aria-labelledby="submissions">
      <h2 id="submissions">{t('submission.all')}</h2>
      <ul className="plain-list">
        {data.submissions.map(({ submissionId, test, cause, submittedAt }) => (
          <li className="card row spread" key={submissionId}>
            <span>
              <strong>{t(`test.${test}`)}</strong>
              <br />
              <small>{t(`submission.cause.${cause}`, { when: instantText(submittedAt, i18n.language) })}</small>
            </span>
            <Link className="button" to={`/attempts/${attemptId}/submissions/${submissionId}`}>
              {t('submission.open', { context: test })}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Inbox({ attemptId }: { readonly attemptId: string }) {
  const { t, i18n } = useTranslation('exam');
  const notices = useQuery(noticesQuery(attemptId));
  return (
    <section className="card" aria-labelledby="inbox">
      <h2 id="inbox">{t('inbox.title')}</h2>
      <Loaded query={notices}>
        {({ notices: told }) =>
          told.length === 0 ? (
            <p className="soft">{t('inbox.empty')}</p>
          ) : (
            <ul className="plain-list inbox">
              {told.toReversed().map(({ id, subject, body, createdAt }) => (
                <li key={id}>
                  <details>
                    <summary>
                      {subject}
                      <br />
                      <small>{instantText(createdAt, i18n.language)}</small>
                    </summary>
                    <p className="written">{body}</p>
                  </details>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}
