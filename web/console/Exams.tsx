import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { usePerson } from '../frame/session.tsx';
import { instantText } from '../frame/time.ts';
import { listExamProposals, listExamVersions, type ExamProposalSummary, type ExamVersionSummary } from '../generated/client.ts';

const REFRESH_SECONDS = 30;

/** What waits for a second person, and every version that was published. */
export function Exams() {
  const { t } = useTranslation('console');
  const versions = useQuery({ queryKey: ['exam-versions'], queryFn: () => listExamVersions() });
  const proposals = useQuery({ queryKey: ['exam-proposals'], queryFn: () => listExamProposals({}), ...live(REFRESH_SECONDS) });
  const isAuthor = usePerson()?.roles.includes('designated') ?? false;
  return (
    <Page
      title={t('exams.title')}
      actions={
        isAuthor && (
          <Link className="button primary" to="/exams/propose">
            {t('exams.propose')}
          </Link>
        )
      }
    >
      <section className="section" aria-labelledby="proposals">
        <h2 id="proposals">{t('exams.proposals')}</h2>
        <p className="soft">{t('exams.twoPersons')}</p>
        <Loaded query={proposals}>{({ proposals: all }) => <Proposals proposals={all} />}</Loaded>
      </section>
      <Loaded query={versions}>
        {({ versions: all }) => (all.length === 0 ? <p className="empty">{t('exams.none')}</p> : <Versions versions={all} />)}
      </Loaded>
    </Page>
  );
}

function Proposals({ proposals }: { readonly proposals: readonly ExamProposalSummary[] }) {
  const { t, i18n } = useTranslation('console');
  if (proposals.length === 0) return <p className="empty">{t('exams.noProposals')}</p>;
  return (
    <ul className="plain-list">
      {proposals.map(({ id, title, version, state, proposedBy, proposedAt, settledBy, reason }) => (
        <li className="card" key={id}>
          <div className="row spread">
            <h3>
              <Link to={`/exam-proposals/${id}`}>{t('exams.version', { title, version })}</Link>
            </h3>
            <span className={`badge ${state === 'open' ? 'warning' : state === 'published' ? 'good' : ''}`}>{t(`exams.state.${state}`)}</span>
          </div>
          <p className="soft">
            {t('exams.proposedBy', { who: proposedBy, when: instantText(proposedAt, i18n.language), reason })}{' '}
            {settledBy !== null && state !== 'open' && t(`exams.settledBy.${state}`, { who: settledBy })}
          </p>
        </li>
      ))}
    </ul>
  );
}

function Versions({ versions }: { readonly versions: readonly ExamVersionSummary[] }) {
  const { t, i18n } = useTranslation('console');
  const seesQuality = usePerson()?.roles.some((role) => role === 'staff' || role === 'auditor') ?? false;
  const examIds = [...new Set(versions.map(({ examId }) => examId))];
  return examIds.map((examId) => {
    const ofExam = versions.filter((version) => version.examId === examId);
    const newest = ofExam.find(({ retirement }) => retirement === null);
    return (
      <section className="section" key={examId} aria-labelledby={`exam-${examId} id-${examId}`}>
        <div className="row spread">
          <div className="row">
            <h2 id={`exam-${examId}`}>{ofExam[0]?.title}</h2>
            {/* Two exams may have one title. */}
            <code className="soft" id={`id-${examId}`}>
              {examId}
            </code>
          </div>
          {newest && seesQuality && (
            <div className="row">
              <Link className="button" to={`/exams/${examId}/comments`}>
                {t('bank.comments')}
              </Link>
              <Link className="button" to={`/exams/${examId}/quality`}>
                {t('exams.quality')}
              </Link>
            </div>
          )}
        </div>
        <ul className="plain-list">
          {ofExam.map((version) => (
            <li className="card" key={version.version}>
              <div className="row spread">
                <h3>
                  <Link to={`/exams/${examId}/${version.version}`}>{t('exams.version', version)}</Link>
                </h3>
                {version.retirement ? (
                  <span className="badge">{t('exams.retired')}</span>
                ) : (
                  <span className={`badge ${version === newest ? 'good' : ''}`}>{t(version === newest ? 'exams.taken' : 'exams.older')}</span>
                )}
              </div>
              <p className="soft">
                {t('exams.publishedBy', { who: version.publishedBy, when: instantText(version.publishedAt, i18n.language) })}{' '}
                {version.retirement &&
                  t('exams.retiredBy', {
                    who: version.retirement.retiredBy,
                    when: instantText(version.retirement.retiredAt, i18n.language),
                    reason: version.retirement.reason,
                  })}
              </p>
            </li>
          ))}
        </ul>
      </section>
    );
  });
}
