import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { dateText, deadlineText } from '../frame/time.ts';
import { listExams, type Attempt } from '../generated/client.ts';
import { attemptsQuery, useExamTitle } from './queries.ts';
import { standingOf, type Standing } from './standing.ts';

const TONE: Readonly<Partial<Record<Standing, string>>> = { certified: 'good', passedSince: 'good', failed: 'bad', lapsed: 'warning' };

/** What a candidate has begun, and what they may register for. */
export function Overview() {
  const { t } = useTranslation('exam');
  const attempts = useQuery(attemptsQuery);
  const exams = useQuery({ queryKey: ['exams'], queryFn: () => listExams() });
  return (
    <Page title={t('overview.title')}>
      <section className="section" aria-labelledby="mine">
        <h2 id="mine">{t('overview.mine')}</h2>
        <Loaded query={attempts}>
          {({ attempts: mine }) =>
            mine.length === 0 ? (
              <p className="empty">{t('overview.noAttempts')}</p>
            ) : (
              <ul className="plain-list">
                {mine.map((attempt) => (
                  <AttemptCard key={attempt.id} attempt={attempt} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
      <section className="section" aria-labelledby="exams">
        <h2 id="exams">{t('overview.exams')}</h2>
        <Loaded query={exams}>
          {({ exams: published }) =>
            published.length === 0 ? (
              <p className="empty">{t('overview.noExams')}</p>
            ) : (
              <div className="cards">
                {published.map(({ examId, title }) => (
                  <article className="card" key={examId}>
                    <h3>{title}</h3>
                    <p>
                      <Link className="button" to={`/exams/${examId}`}>
                        {t('overview.more')}
                      </Link>
                    </p>
                  </article>
                ))}
              </div>
            )
          }
        </Loaded>
      </section>
    </Page>
  );
}

function AttemptCard({ attempt }: { readonly attempt: Attempt }) {
  const { t, i18n } = useTranslation('exam');
  const title = useExamTitle(attempt);
  const { id, waitingFor, registeredAt } = attempt;
  const standing = standingOf(attempt);
  return (
    <li className="card">
      <div className="row spread">
        <h3>
          <Link to={`/attempts/${id}`}>{title}</Link>
        </h3>
        <span className={`badge ${TONE[standing] ?? 'accent'}`}>{t(`phase.${standing}`)}</span>
      </div>
      {waitingFor && (
        <p>
          {t(`waiting.${waitingFor.code}`)}
          {waitingFor.until !== null && <> {t('overview.until', { when: deadlineText(waitingFor.until, i18n.language) })}</>}
        </p>
      )}
      <p className="soft">{t('overview.registeredOn', { date: dateText(registeredAt, i18n.language) })}</p>
    </li>
  );
}
