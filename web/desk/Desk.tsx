import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { troubleOf } from '../frame/problem.ts';
import { live } from '../frame/query.ts';
import { usePerson } from '../frame/session.tsx';
import { deadlineText, durationText, instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import {
  claimAssignment,
  getGraderRecord,
  getQueue,
  listAssignments,
  listSeedsToConfirm,
  type Assignment,
  type AssignmentSummary,
  type Queue,
} from '../generated/client.ts';
import { Standing } from './Standing.tsx';

const REFRESH_SECONDS = 30;

/** What waits that this grader may take, and what they have taken. */
export function Desk() {
  const { t } = useTranslation('desk');
  const queue = useQuery({ queryKey: ['queue'], queryFn: () => getQueue(), ...live(REFRESH_SECONDS) });
  const assignments = useQuery({ queryKey: ['assignments'], queryFn: () => listAssignments({}), ...live(REFRESH_SECONDS) });
  return (
    <Page title={t('desk.title')}>
      <Done />
      <Drift />
      <section className="section" aria-labelledby="queue">
        <h2 id="queue">{t('desk.queue')}</h2>
        <Loaded query={queue}>{(data) => (data.state === 'in_training' ? <Training /> : <Waiting queue={data} />)}</Loaded>
        {queue.data?.state === 'active' && <Claim />}
      </section>
      <ToConfirm />
      <section className="section" aria-labelledby="mine">
        <h2 id="mine">{t('desk.mine')}</h2>
        <Loaded query={assignments}>{({ assignments: mine }) => <Mine assignments={mine} />}</Loaded>
      </section>
    </Page>
  );
}

/** Said where they look first and nowhere else: that marks moved apart, and that nobody knows yet why. */
function Drift() {
  const { t } = useTranslation('desk');
  const record = useQuery({ queryKey: ['grader-record'], queryFn: () => getGraderRecord() });
  const drift = record.data?.drift ?? null;
  if (drift === null) return null;
  return (
    <aside className="note" aria-labelledby="drift">
      <h2 id="drift">{t('drift.title')}</h2>
      <p>{t(`drift.what.${drift}`)}</p>
      <p>{t('drift.follows')}</p>
      <p>
        {t('drift.help')} <Link to="/agreement">{t('drift.agreement')}</Link>
      </p>
    </aside>
  );
}

/** What was done a moment ago, on the way back from it. */
function Done() {
  const { t } = useTranslation('desk');
  const [address] = useSearchParams();
  const done = address.get('done');
  if (done !== 'completed' && done !== 'released' && done !== 'flagged' && done !== 'confirmed') return null;
  return (
    <p className="note good" role="status">
      {t(`done.${done}`)}
    </p>
  );
}

/** Takes the next script, or leads back to the one that is in hand: which it is, the API says. */
export function Claim({ isTraining = false }: { readonly isTraining?: boolean }) {
  const { t } = useTranslation('desk');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const claiming = useMutation({
    // Nothing (204) where there is nothing to take; the generated type has no word for it.
    mutationFn: (givenBack: boolean) => claimAssignment({ givenBack }) as Promise<Assignment | undefined>,
    onSuccess: async (assignment) => {
      if (assignment) await navigate(`/assignments/${assignment.id}`);
      else await queries.invalidateQueries({ queryKey: ['queue'] });
    },
  });
  const trouble = claiming.error ? troubleOf(claiming.error) : undefined;
  const code = trouble?.kind === 'problem' ? trouble.problem.code : undefined;
  const isOnlyGivenBack = code === 'only_given_back';
  return (
    <>
      <div className="row">
        <Button className="button primary" isPending={claiming.isPending} onPress={() => claiming.mutate(false)}>
          {t(isTraining ? 'training.claim' : 'desk.claim')}
        </Button>
        {isOnlyGivenBack && (
          <Button className="button" isPending={claiming.isPending} onPress={() => claiming.mutate(true)}>
            {t('desk.claimGivenBack')}
          </Button>
        )}
      </div>
      {claiming.isSuccess && claiming.data === undefined && (
        <p className="note" role="status">
          {t('desk.nothingToTake')}
        </p>
      )}
      {isOnlyGivenBack && <p className="note">{t('desk.onlyGivenBack')}</p>}
      {isTraining && code === 'grader_not_active' && (
        <p className="note" role="status">
          {t('training.noneLeft')}
        </p>
      )}
      {claiming.error && !isOnlyGivenBack && !(isTraining && code === 'grader_not_active') && <TroubleNote error={claiming.error} />}
    </>
  );
}

/** Scripts with agreed marks, before there are real ones. */
function Training() {
  const { t } = useTranslation('desk');
  return (
    <>
      <div className="note">
        <p>{t('training.about')}</p>
        <p>{t('training.follows')}</p>
      </div>
      <Standing />
      <Claim isTraining />
    </>
  );
}

/** What a designated grader may confirm; nothing is said where nothing waits. */
function ToConfirm() {
  const { t, i18n } = useTranslation('desk');
  const isDesignated = usePerson()?.roles.includes('designated') ?? false;
  const seeds = useQuery({ queryKey: ['seeds-to-confirm'], queryFn: () => listSeedsToConfirm(), enabled: isDesignated, ...live(REFRESH_SECONDS) });
  const waiting = seeds.data?.seeds ?? [];
  if (waiting.length === 0) return null;
  return (
    <section className="section" aria-labelledby="to-confirm">
      <h2 id="to-confirm">{t('seeds.toConfirm')}</h2>
      <p className="soft">{t('seeds.about')}</p>
      <ul className="plain-list">
        {waiting.map(({ id, examId, test, reason, proposedAt }) => (
          <li className="card" key={id}>
            <h3>{t(`seeds.script.${test}`, { examId })}</h3>
            <p className="soft">{t('seeds.proposed', { when: instantText(proposedAt, i18n.language), reason })}</p>
            <p>
              <Link className="button" to={`/seeds/${id}`}>
                {t('seeds.read')}
              </Link>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Waiting({ queue: { state, waiting } }: { readonly queue: Queue }) {
  const { t, i18n } = useTranslation('desk');
  if (state === 'paused' || state === 'suspended') return <p className="note warning">{t(`desk.state.${state}`)}</p>;
  if (waiting.length === 0) return <p className="empty">{t('desk.nothingWaits')}</p>;
  return (
    <div className="cards">
      {waiting.map(({ test, purpose, count, dueAt, usualMinutes }) => (
        <article className="card" key={`${test} ${purpose}`}>
          <h3>{t(`desk.kind.${purpose}.${test}`)}</h3>
          <dl className="figures">
            <div>
              <dt>{t('desk.waiting')}</dt>
              <dd>{new Intl.NumberFormat(i18n.language).format(count)}</dd>
            </div>
          </dl>
          <p className="soft">{t('desk.firstDue', { when: deadlineText(dueAt, i18n.language) })}</p>
          {usualMinutes !== null && <p className="soft">{t('desk.usually', { duration: durationText(usualMinutes * 60, i18n.language) })}</p>}
        </article>
      ))}
    </div>
  );
}

function Mine({ assignments }: { readonly assignments: readonly AssignmentSummary[] }) {
  const { t, i18n } = useTranslation('desk');
  if (assignments.length === 0) return <p className="empty">{t('desk.noneTaken')}</p>;
  return (
    <ul className="plain-list">
      {assignments.map(({ id, purpose, state, itemCount, dueAt, isTraining }) => (
        <li className="card" key={id}>
          <div className="row spread">
            <h3>{t(isTraining ? 'training.script' : `desk.purpose.${purpose}`)}</h3>
            <span className={state === 'completed' ? 'badge good' : 'badge accent'}>{t(`desk.assignment.${state}`)}</span>
          </div>
          <p className="soft">
            {t('desk.items', { count: itemCount })}
            {!isTraining && <> · {t('desk.due', { when: deadlineText(dueAt, i18n.language) })}</>}
          </p>
          {state === 'completed' && isTraining && (
            <p>
              <Link className="button" to={`/assignments/${id}`}>
                {t('training.compare')}
              </Link>
            </p>
          )}
          {state === 'open' && (
            <p>
              <Link className="button" to={`/assignments/${id}`}>
                {t('desk.goOn')}
              </Link>
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
