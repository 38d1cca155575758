import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useMemo, useState, useSyncExternalStore } from 'react';
import { Button, Label, Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { Confirm } from '../frame/Confirm.tsx';
import { NotOnDevice, SaveState, SessionEnded } from '../frame/keeping/SaveState.tsx';
import { useKeeper, useWarningBeforeLeaving } from '../frame/keeping/use-keeper.ts';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { useSecondsLeft } from '../frame/server-clock.ts';
import { usePerson } from '../frame/session.tsx';
import { deadlineText, durationText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { completeAssignment, getAssignment, listGroups, releaseAssignment, type Assignment, type Group } from '../generated/client.ts';
import { CaseStudy } from './CaseStudy.tsx';
import { FlagFile } from './FlagFile.tsx';
import { useGivenUp } from './given-up.ts';
import { useLease } from './lease.ts';
import { MarkedPart } from './MarkedPart.tsx';
import { createMarkKeeper, lackOf, partsOf, pointsOf, savedItem, totalOf, type MarkEntries, type MarkKeeper, type Part } from './marks.ts';
import { Review } from './Review.tsx';
import { Trained } from './Trained.tsx';
import './desk.css';

/** One script: what was answered, what is asked, the marks in the making, and the steps before they count. */
export function MarkingPage() {
  const { t } = useTranslation('desk');
  const { assignmentId = '' } = useParams();
  const assignment = useQuery({
    queryKey: ['assignment', assignmentId],
    queryFn: () => getAssignment({ assignmentId }),
    // Nothing of it changes but by who works at it here; what another window saves is heard of.
    refetchOnWindowFocus: true,
    retry: false,
  });
  return (
    <Page title={assignment.data ? titleOf(assignment.data, t) : t('marking.title')}>
      <Loaded query={assignment}>
        {(data) => {
          if (data.state === 'open') return <Marking key={data.fencingToken} assignment={data} />;
          return data.training?.agreed && data.training.given ? <Trained assignment={data} /> : <Closed assignment={data} />;
        }}
      </Loaded>
      {assignment.error && <BackToDesk />}
    </Page>
  );
}

const titleOf = ({ training, purpose }: Assignment, t: TFunction<'desk'>) => t(training ? 'training.script' : `desk.purpose.${purpose}`);

function Closed({ assignment: { state } }: { readonly assignment: Assignment }) {
  const { t } = useTranslation('desk');
  return (
    <div className="card">
      <p>{t(state === 'completed' ? 'marking.completed' : 'marking.void')}</p>
      <BackToDesk />
    </div>
  );
}

function BackToDesk() {
  const { t } = useTranslation('desk');
  return (
    <p>
      <Link className="button" to="/">
        {t('marking.toDesk')}
      </Link>
    </p>
  );
}

function Marking({ assignment }: { readonly assignment: Assignment }) {
  const { t } = useTranslation('desk');
  const lease = useLease({ assignmentId: assignment.id, ...assignment });
  const subject = usePerson()?.subject ?? '';
  const { id, fencingToken, draft } = assignment;
  const saved = useMemo(() => (draft ?? []).map(savedItem), [draft]);
  const keeper = useKeeper(() => createMarkKeeper({ subject, assignment, onLease: lease.hold }), {
    place: `${subject} ${id} ${fencingToken}`,
    saved,
  });
  if (!keeper) return <p className="loading">{t('marking.opening')}</p>;
  return <Script assignment={assignment} keeper={keeper} leaseExpiresAt={lease.leaseExpiresAt} />;
}

type ScriptProps = { readonly assignment: Assignment; readonly keeper: MarkKeeper; readonly leaseExpiresAt: string | null };

function Script({ assignment, keeper, leaseExpiresAt }: ScriptProps) {
  const { t, i18n } = useTranslation('desk');
  const entries = useSyncExternalStore(keeper.subscribe, keeper.read);
  const [address, setAddress] = useSearchParams();
  const parts = partsOf(assignment);
  const groups = useGroups(assignment);
  const { closed } = entries;
  // What is closed takes nothing more: staying would save nothing.
  useWarningBeforeLeaving(closed ? { ...entries, items: {} } : entries);
  return (
    <>
      <div className="work-bar" role="region" aria-label={t('marking.bar')}>
        <LeaseClock leaseExpiresAt={leaseExpiresAt} />
        <SaveState entries={entries} words={(key, count) => t(`save.${key}`, { count })} />
        <Total parts={parts} entries={entries} />
        {!assignment.training && <span className="soft">{t('desk.due', { when: deadlineText(assignment.dueAt, i18n.language) })}</span>}
      </div>
      {assignment.training && <p className="note">{t('training.marking')}</p>}
      <NotOnDevice keptOnDevice={entries.keptOnDevice} />
      <SessionEnded entries={entries} />
      {closed && (
        <div className="note warning" role="alert">
          <p>{i18n.exists(`desk:marking.lost.${closed.code}`) ? t(`marking.lost.${closed.code as 'lease_lost'}`) : closed.detail}</p>
          <p>{t('marking.kept')}</p>
          <BackToDesk />
        </div>
      )}
      {address.get('step') === 'review' ? (
        <HandIn assignment={assignment} parts={parts} keeper={keeper} entries={entries} onBack={() => setAddress({})} />
      ) : (
        <>
          {'file' in assignment && <CaseStudy assignment={assignment} />}
          <Shortcuts />
          <form className="parts" onSubmit={(event) => event.preventDefault()}>
            {parts.map((part, index) => (
              <MarkedPart
                key={part.itemId}
                assignment={assignment}
                part={part}
                number={index + 1}
                disputed={(assignment.disputedMarks ?? []).filter(({ itemId }) => itemId === part.itemId)}
                group={groups.find(({ itemId }) => itemId === part.itemId)}
                entry={entries.items[part.itemId]}
                keeper={keeper}
                isDisabled={closed !== undefined}
              />
            ))}
            <div className="row">
              <Button className="button primary" onPress={() => setAddress({ step: 'review' })}>
                {t('marking.review')}
              </Button>
              <GiveBack assignment={assignment} keeper={keeper} />
              {'file' in assignment && <FlagFile assignment={assignment} keeper={keeper} />}
            </div>
          </form>
        </>
      )}
    </>
  );
}

/** Without them one marks as well: a failure says nothing. */
function useGroups(assignment: Assignment): readonly Group[] {
  const { id: assignmentId } = assignment;
  const { data } = useQuery({
    queryKey: ['groups', assignmentId],
    queryFn: () => listGroups({ assignmentId }),
    enabled: 'responses' in assignment && assignment.purpose === 'mark',
    staleTime: 60_000,
    retry: false,
  });
  return data?.groups ?? [];
}

function LeaseClock({ leaseExpiresAt }: { readonly leaseExpiresAt: string | null }) {
  const { t, i18n } = useTranslation('desk');
  const secondsLeft = useSecondsLeft(leaseExpiresAt ?? new Date(0).toISOString());
  if (leaseExpiresAt === null || secondsLeft <= 0) return <span className="badge warning">{t('lease.over')}</span>;
  const wholeMinutes = Math.max(60, Math.floor(secondsLeft / 60) * 60);
  return <span className="badge accent">{t('lease.yours', { duration: durationText(wholeMinutes, i18n.language) })}</span>;
}

/** How far one is, without a word of pass or fail. */
function Total({ parts, entries }: { readonly parts: readonly Part[]; readonly entries: MarkEntries }) {
  const { t, i18n } = useTranslation('desk');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  const points = parts.flatMap(({ itemId }) => pointsOf(entries.items[itemId]?.value.points ?? '') ?? []);
  const done = parts.filter((part) => lackOf(part, entries.items[part.itemId]?.value) === undefined).length;
  return (
    <span className="soft">
      {t('marking.progress', { done: numbers.format(done), all: numbers.format(parts.length) })} ·{' '}
      {t('marking.total', { points: numbers.format(totalOf(points)), max: numbers.format(totalOf(parts.map(({ pointsMax }) => pointsMax))) })}
    </span>
  );
}

function Shortcuts() {
  const { t } = useTranslation('desk');
  return (
    <details className="shortcuts">
      <summary>{t('shortcuts.title')}</summary>
      <dl>
        <div>
          <dt>
            <kbd>{t('shortcuts.keys.enter')}</kbd>
          </dt>
          <dd>{t('shortcuts.toReason')}</dd>
        </div>
        <div>
          <dt>
            <kbd>{t('shortcuts.keys.control')}</kbd> + <kbd>{t('shortcuts.keys.enter')}</kbd>
          </dt>
          <dd>{t('shortcuts.next')}</dd>
        </div>
        <div>
          <dt>
            <kbd>{t('shortcuts.keys.control')}</kbd> + <kbd>↑</kbd> <kbd>↓</kbd>
          </dt>
          <dd>{t('shortcuts.move')}</dd>
        </div>
        <div>
          <dt>
            <kbd>{t('shortcuts.keys.control')}</kbd> + <kbd>K</kbd>
          </dt>
          <dd>{t('shortcuts.comments')}</dd>
        </div>
        <div>
          <dt>
            <kbd>{t('shortcuts.keys.control')}</kbd> + <kbd>G</kbd>
          </dt>
          <dd>{t('shortcuts.group')}</dd>
        </div>
      </dl>
    </details>
  );
}

type HandInProps = {
  readonly assignment: Assignment;
  readonly parts: readonly Part[];
  readonly keeper: MarkKeeper;
  readonly entries: MarkEntries;
  readonly onBack: () => void;
};

function HandIn({ assignment: { id, fencingToken, training }, parts, keeper, entries, onBack }: HandInProps) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const completing = useMutation({
    mutationFn: async () => {
      await keeper.flush();
      const marks = parts.map(({ itemId }) => {
        const { points, reason } = keeper.read().items[itemId]?.value ?? { points: '', reason: '' };
        return { itemId, points: pointsOf(points) ?? Number.NaN, reason };
      });
      return completeAssignment({ assignmentId: id, completion: { fencingToken, marks } });
    },
    onSuccess: async () => {
      await queries.invalidateQueries();
      // Of a script to practise with, what is agreed shows where it was marked.
      await navigate(training ? `/assignments/${id}` : '/?done=completed', { replace: true });
    },
  });
  return (
    <Review
      parts={parts}
      entries={entries}
      isPending={completing.isPending}
      error={completing.error}
      onBack={onBack}
      onComplete={() => completing.mutate()}
    />
  );
}

const REASONS = ['no_time', 'not_my_field', 'conflict', 'other'] as const;

function GiveBack({ assignment: { id, fencingToken }, keeper }: { readonly assignment: Assignment; readonly keeper: MarkKeeper }) {
  const { t } = useTranslation('desk');
  const givenUp = useGivenUp('released');
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState<(typeof REASONS)[number]>('no_time');
  const releasing = useMutation({
    mutationFn: async () => {
      await keeper.flush();
      await releaseAssignment({ assignmentId: id, release: { fencingToken, reason } });
    },
    onSuccess: givenUp,
  });
  return (
    <>
      <Button className="button" onPress={() => setOpen(true)}>
        {t('release.open')}
      </Button>
      <Confirm
        isOpen={isOpen}
        title={t('release.title')}
        action={t('release.action')}
        isPending={releasing.isPending}
        onConfirm={() => releasing.mutate()}
        onCancel={() => setOpen(false)}
      >
        <p>{t('release.about')}</p>
        <RadioGroup className="field" value={reason} onChange={(chosen) => setReason(chosen as typeof reason)}>
          <Label>{t('release.reason')}</Label>
          {REASONS.map((one) => (
            <Radio className="choice" key={one} value={one}>
              {t(`release.reasons.${one}`)}
            </Radio>
          ))}
        </RadioGroup>
        {reason === 'conflict' && <p className="note">{t('release.conflict')}</p>}
        {releasing.error && <TroubleNote error={releasing.error} />}
      </Confirm>
    </>
  );
}
