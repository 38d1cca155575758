import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { deadlineText, instantText } from '../frame/time.ts';
import { getAttemptStory, type AttemptStory } from '../generated/client.ts';
import { Accommodations } from './Accommodations.tsx';
import { Acts } from './Acts.tsx';
import { newestEdition } from './acts.ts';
import { HandedIn } from './HandedIn.tsx';
import { useMayAct } from './may-act.ts';
import { timelineOf } from './timeline.ts';
import { auditInWords, inWords } from './words.ts';
import { Why } from './Why.tsx';
import './console.css';

const REFRESH_SECONDS = 15;

/** One attempt as a story: where it stands, what it waits for and until when, what happened, and what may be done to it. */
export function AttemptPage() {
  const { t } = useTranslation('console');
  const { attemptId = '' } = useParams();
  const story = useQuery({ queryKey: ['story', attemptId], queryFn: () => getAttemptStory({ attemptId }), ...live(REFRESH_SECONDS) });
  return (
    <Page title={story.data?.candidate.name ?? t('story.title')}>
      <Loaded query={story}>{(data) => <Story story={data} />}</Loaded>
    </Page>
  );
}

function Story({ story }: { readonly story: AttemptStory }) {
  const { t } = useTranslation('console');
  const mayAct = useMayAct();
  return (
    <>
      <Standing story={story} />
      {mayAct && <Acts story={story} />}
      <Section id="timeline" title={t('story.timeline')}>
        <Timeline story={story} />
      </Section>
      <Section id="accommodations" title={t('accommodations.title')}>
        <Accommodations candidateId={story.candidate.id} />
      </Section>
      <Section id="submissions" title={t('story.submissions')}>
        {story.submissions.length === 0 ? <p className="empty">{t('story.none')}</p> : <HandedIn story={story} />}
      </Section>
      <Section id="marks" title={t('story.marking')}>
        {story.assignments.length === 0 ? <p className="empty">{t('story.none')}</p> : <Assignments story={story} />}
      </Section>
      <Section id="decisions" title={t('story.decisions')}>
        {story.decisions.length === 0 ? <p className="empty">{t('story.none')}</p> : <Decisions story={story} />}
        {story.decisions.length > 0 && <Why attemptId={story.attempt.id} />}
      </Section>
      <Section id="told" title={t('story.told')}>
        {story.notices.length + story.mails.length === 0 ? <p className="empty">{t('story.none')}</p> : <Told story={story} />}
      </Section>
    </>
  );
}

function Section({ id, title, children }: { readonly id: string; readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="section" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

/** The question of every call: where is it, whom does it wait for, until when. */
function Standing({ story: { attempt, candidate, dueAt, needsAttention, isPartial, temporalUrl, certificates } }: { readonly story: AttemptStory }) {
  const { t, i18n } = useTranslation('console');
  const certificate = newestEdition(certificates);
  return (
    <section className="card" aria-labelledby="standing">
      <div className="row spread">
        <h2 id="standing">{t(`phase.${attempt.phase}`)}</h2>
        <div className="row">
          {needsAttention && <span className="badge warning">{t('search.needsAttention')}</span>}
          {attempt.accommodationPercent > 100 && <span className="badge accent">{t('story.scaled', { percent: attempt.accommodationPercent })}</span>}
          {certificate && (
            <span className={`badge ${certificate.status === 'valid' ? 'good' : 'bad'}`}>{t(`certificate.${certificate.status}`)}</span>
          )}
        </div>
      </div>
      {attempt.waitingFor && (
        <p>
          {t('story.waitsFor', { whom: t(`whom.${attempt.waitingFor.whom}`), what: t(`waiting.${attempt.waitingFor.code}`) })}
          {dueAt !== null && <> {t('story.until', { when: deadlineText(dueAt, i18n.language) })}</>}
        </p>
      )}
      {isPartial && !needsAttention && attempt.outcome === null && <p className="note">{t('search.isPartial')}</p>}
      {attempt.outcomeReasonCode && <p>{t(`outcome.${attempt.outcomeReasonCode}`)}</p>}
      <dl className="facts">
        {[
          [t('story.exam'), attempt.examVersion],
          [t('story.subject'), candidate.subject],
          [t('story.email'), candidate.email ?? '–'],
          [t('story.registered'), instantText(attempt.registeredAt, i18n.language)],
          [t('story.id'), attempt.id],
        ].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p>
        <Link to={`/attempts/${attempt.id}/trail`}>{t('story.trail')}</Link>
      </p>
      {temporalUrl !== null && (
        <p>
          <a href={temporalUrl} target="_blank" rel="noopener noreferrer">
            {t('story.temporal')}
          </a>
        </p>
      )}
    </section>
  );
}

function Timeline({ story }: { readonly story: AttemptStory }) {
  const { t, i18n } = useTranslation('console');
  return (
    <ol className="timeline">
      {timelineOf(story).map(({ at, key, values, isDue, entry }, index) => (
        <li key={`${at} ${key} ${index}`} className={isDue ? 'due' : undefined}>
          <time dateTime={at}>{instantText(at, i18n.language)}</time>
          <span>
            {isDue && <span className="badge accent">{t('story.due')}</span>}{' '}
            {t(`happening.${key}`, { ...inWords(i18n, values), ...(entry && { what: auditInWords(t, entry) }) })}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Assignments({ story: { assignments } }: { readonly story: AttemptStory }) {
  const { t, i18n } = useTranslation('console');
  return (
    <ul className="plain-list">
      {assignments.map(({ id, test, seat, purpose, state, holder, leaseExpiresAt, dueAt, unstaffedSince, marks }) => (
        <li className="card" key={id}>
          <div className="row spread">
            <h3>{t(`purpose.${purpose}`, { test: t(`test.${test}`), seat })}</h3>
            <span className={`badge ${state === 'completed' ? 'good' : state === 'open' ? 'accent' : ''}`}>{t(`state.${state}`)}</span>
          </div>
          {state === 'open' && (
            <p className="soft">
              {holder === null
                ? t('story.unheld')
                : t('story.heldBy', { holder, until: leaseExpiresAt === null ? '–' : instantText(leaseExpiresAt, i18n.language) })}{' '}
              {t('story.until', { when: deadlineText(dueAt, i18n.language) })}
            </p>
          )}
          {unstaffedSince !== null && <p className="note warning">{t('story.unstaffed', { since: instantText(unstaffedSince, i18n.language) })}</p>}
          {marks.length > 0 && (
            <FramedTable label={t('story.marksOf', { seat })} headings={[t('story.item'), t('story.grader'), t('story.points'), t('story.why')]}>
              {marks.map(({ itemId, grader, points, reason, fromGroup }) => (
                <tr key={itemId}>
                  <td>{itemId}</td>
                  <td>{grader}</td>
                  <td>{new Intl.NumberFormat(i18n.language).format(points)}</td>
                  <td>
                    {reason}
                    {fromGroup && <p className="soft">{t(fromGroup.stands ? 'story.fromGroup' : 'story.otherThanGroup')}</p>}
                  </td>
                </tr>
              ))}
            </FramedTable>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Why it fell as it did: the pass mark, the total, and of each item the settled points and where they come from. */
function Decisions({ story: { attempt, decisions } }: { readonly story: AttemptStory }) {
  const { t, i18n } = useTranslation('console');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 3 });
  const mayAct = useMayAct();
  return (
    <ul className="plain-list">
      {decisions.map(({ id, test, round, passed, percentage, passMark, points, pointsMax, items, decidedAt, supersedes }) => (
        <li className="card" key={id}>
          <div className="row spread">
            <h3>{t('decision.title', { test: t(`test.${test}`), round })}</h3>
            <span className={`badge ${passed ? 'good' : 'bad'}`}>{t(passed ? 'decision.passed' : 'decision.notPassed')}</span>
          </div>
          <p>{t('decision.why', { percentage, passMark, points: numbers.format(points), max: numbers.format(pointsMax) })}</p>
          <p className="soft">
            {instantText(decidedAt, i18n.language)} {supersedes !== null && t('decision.supersedes')}
          </p>
          <details>
            <summary>{t('decision.items')}</summary>
            <ul>
              {items.map(({ itemId, points: settled, pointsMax: most, basis }) => (
                <li key={itemId}>
                  {t('decision.item', { itemId, points: numbers.format(settled), max: numbers.format(most), basis: t(`basis.${basis}`) })}
                </li>
              ))}
            </ul>
          </details>
          {mayAct && (
            <p>
              <Link className="button quiet" to={`/seeds?propose=${attempt.id}&test=${test}`}>
                {t('seeds.propose')}
              </Link>
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}

function Told({ story: { notices, mails } }: { readonly story: AttemptStory }) {
  const { t, i18n } = useTranslation('console');
  return (
    <ul className="plain-list">
      {notices.map(({ id, subject, body, createdAt }) => (
        <li key={id}>
          <details className="card">
            <summary>
              {subject} · {instantText(createdAt, i18n.language)}
            </summary>
            <p className="written">{body}</p>
          </details>
        </li>
      ))}
      {mails.map(({ id, kind, state, tries, problem }) => (
        <li key={id} className="soft">
          {t('story.mail', inWords(i18n, { mailKind: kind, mailState: state, tries }))} {problem}
        </li>
      ))}
    </ul>
  );
}
