import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Input, Label, Radio, RadioGroup, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { byCursor, live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import {
  endSeed,
  listExamVersions,
  listSeeds,
  listStandardisations,
  proposeSeed,
  type ExamVersionSummary,
  type Seed,
  type Standardisations,
} from '../generated/client.ts';
import { useExamVersion } from './ExamVersionPage.tsx';
import { useMayAct } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';
import { Grant, StandingFigures } from './Training.tsx';
import { ShowMore } from './ShowMore.tsx';

const PAGE_ROWS = 25;
const REFRESH_SECONDS = 60;
const STATES = ['proposed', 'open', 'ended'] as const;
const TESTS = ['aptitude', 'case_study'] as const;

/** Scripts with agreed marks: who is trained by them, how many there are among the real ones, and each with what came of it. */
export function Seeds() {
  const { t } = useTranslation('console');
  const mayAct = useMayAct();
  const [address, setAddress] = useSearchParams();
  const proposing = address.get('propose');
  const training = useQuery({ queryKey: ['standardisations'], queryFn: () => listStandardisations({}), ...live(REFRESH_SECONDS) });
  const versions = useQuery({ queryKey: ['exam-versions'], queryFn: () => listExamVersions() });
  return (
    <Page
      title={t('seeds.title')}
      actions={
        mayAct && (
          <Button className="button" onPress={() => setAddress({ propose: '' })}>
            {t('seeds.propose')}
          </Button>
        )
      }
    >
      <p className="soft">{t('seeds.about')}</p>
      {mayAct && proposing !== null && <Propose attempt={proposing} ofTest={address.get('test')} onClose={() => setAddress({})} />}
      <section className="section" aria-labelledby="in-training">
        <h2 id="in-training">{t('training.inTraining')}</h2>
        <Loaded query={training}>
          {({ standardisations }) =>
            standardisations.length === 0 ? <p className="empty">{t('training.nobody')}</p> : <InTraining standardisations={standardisations} />
          }
        </Loaded>
      </section>
      <section className="section" aria-labelledby="shares">
        <h2 id="shares">{t('seeds.shares')}</h2>
        <Loaded query={versions}>{({ versions: all }) => <Shares versions={all} />}</Loaded>
      </section>
      <All />
    </Page>
  );
}

function InTraining({ standardisations }: Standardisations) {
  const { t } = useTranslation('console');
  return (
    <div className="cards">
      {standardisations.map((exam) => (
        <article className="card" key={`${exam.grader} ${exam.examId} ${exam.test}`}>
          <div className="row spread">
            <h3>
              <Link to={`/graders/${encodeURIComponent(exam.grader)}`}>{exam.grader}</Link>
            </h3>
            {exam.isReached && <span className="badge good">{t('training.proposed')}</span>}
          </div>
          <p>{t('training.of', { examId: exam.examId, test: t(`test.${exam.test}`) })}</p>
          <StandingFigures exam={exam} />
          <Grant grader={exam.grader} exam={exam} />
        </article>
      ))}
    </div>
  );
}

/** Of each exam the version that is taken now. */
function Shares({ versions }: { readonly versions: readonly ExamVersionSummary[] }) {
  const { t } = useTranslation('console');
  const newest = [...Map.groupBy(versions, ({ examId }) => examId).values()].flatMap(
    (ofExam) => ofExam.find(({ retirement }) => retirement === null) ?? [],
  );
  if (newest.length === 0) return <p className="empty">{t('exams.none')}</p>;
  return (
    <ul className="plain-list">
      {newest.map((version) => (
        <Share key={version.examId} version={version} />
      ))}
    </ul>
  );
}

function Share({ version: { examId, version, title } }: { readonly version: ExamVersionSummary }) {
  const { t, i18n } = useTranslation('console');
  const { data } = useExamVersion(examId, version);
  const seeds = data?.form.policy.seeds;
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 2 });
  return (
    <li>
      <Link to={`/exams/${encodeURIComponent(examId)}/${version}`}>{t('exams.version', { title, version })}</Link>
      {data && <>: {seeds ? t('seeds.share', { share: percent.format(seeds.sharePercent / 100) }) : t('seeds.noShare')}</>}
    </li>
  );
}

type ProposeProps = { readonly attempt: string; readonly ofTest: string | null; readonly onClose: () => void };

function Propose({ attempt, ofTest, onClose }: ProposeProps) {
  const { t } = useTranslation('console');
  const [attemptId, setAttemptId] = useState(attempt);
  const [test, setTest] = useState<(typeof TESTS)[number]>(TESTS.find((one) => one === ofTest) ?? 'aptitude');
  return (
    <ReasonedAct
      title={t('seeds.propose')}
      isReady={attemptId.trim() !== ''}
      perform={({ reason, idempotencyKey }) => proposeSeed({ idempotencyKey, seedProposal: { attemptId: attemptId.trim(), test, reason } })}
      changes={[['seeds']]}
      onClose={onClose}
    >
      <p>{t('seeds.proposeAbout')}</p>
      <TextField className="field" value={attemptId} onChange={setAttemptId} isRequired>
        <Label>{t('seeds.attemptId')}</Label>
        <Input className="input" autoComplete="off" />
      </TextField>
      <RadioGroup className="field" value={test} onChange={(chosen) => setTest(chosen as typeof test)}>
        <Label>{t('seeds.test')}</Label>
        {TESTS.map((one) => (
          <Radio className="choice" key={one} value={one}>
            {t(`test.${one}`)}
          </Radio>
        ))}
      </RadioGroup>
    </ReasonedAct>
  );
}

function All() {
  const { t } = useTranslation('console');
  const [state, setState] = useState<(typeof STATES)[number] | null>(null);
  const query = useInfiniteQuery({
    queryKey: ['seeds', state],
    queryFn: ({ pageParam }) => listSeeds({ limit: PAGE_ROWS, ...(state !== null && { state }), ...(pageParam !== null && { after: pageParam }) }),
    ...byCursor,
  });
  const seeds = query.data?.pages.flatMap((page) => page.seeds);
  return (
    <section className="section" aria-labelledby="all-seeds">
      <div className="row spread">
        <h2 id="all-seeds">{t('seeds.all')}</h2>
        <div className="field">
          <label htmlFor="seed-state">{t('seeds.show')}</label>
          <select
            id="seed-state"
            className="input"
            value={state ?? ''}
            onChange={({ target: { value } }) => setState(STATES.find((one) => one === value) ?? null)}
          >
            <option value="">{t('seeds.every')}</option>
            {STATES.map((one) => (
              <option key={one} value={one}>
                {t(`seeds.state.${one}`)}
              </option>
            ))}
          </select>
        </div>
      </div>
      {query.error && <TroubleNote error={query.error} onRetry={() => void query.refetch()} />}
      {seeds?.length === 0 && <p className="empty">{t('seeds.none')}</p>}
      {seeds && seeds.length > 0 && (
        <ul className="plain-list">
          {seeds.map((seed) => (
            <OneSeed key={seed.id} seed={seed} />
          ))}
        </ul>
      )}
      <ShowMore query={query} />
    </section>
  );
}

const BADGES = { proposed: 'badge warning', open: 'badge good', ended: 'badge' } as const;

function OneSeed({ seed }: { readonly seed: Seed }) {
  const { t, i18n } = useTranslation('console');
  const when = (instant: string) => instantText(instant, i18n.language);
  const { attemptId, examId, version, test, state, basis, proposedBy, proposedAt, reason, agreedBy, agreedAt, ending } = seed;
  return (
    <li className="card">
      <div className="row spread">
        <h3>{t('seeds.script', { examId, version, test: t(`test.${test}`) })}</h3>
        <span className={BADGES[state]}>{t(`seeds.state.${state}`)}</span>
      </div>
      <p className="soft">
        {t('seeds.proposedBy', { who: proposedBy, when: when(proposedAt), reason })}{' '}
        {agreedAt === null ? t('seeds.waits') : t(`seeds.agreedBy.${basis}`, { who: agreedBy.join(', '), when: when(agreedAt) })}{' '}
        {ending && t('seeds.endedBy', { who: ending.by, when: when(ending.at), reason: ending.reason })}
      </p>
      <Figures seed={seed} />
      <AgreedMarks seed={seed} />
      <div className="row">
        <Link className="button" to={`/attempts/${attemptId}`}>
          {t('seeds.attempt')}
        </Link>
        {state !== 'ended' && <End seed={seed} />}
      </div>
    </li>
  );
}

/** How those who marked it among the real ones compare with it. */
function Figures({ seed: { markedBy, distance, above } }: { readonly seed: Seed }) {
  const { t, i18n } = useTranslation('console');
  const percent = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 });
  if (distance === null || above === null) return <p>{t('seeds.unmarked')}</p>;
  return (
    <p>
      {t('seeds.markedBy', { count: markedBy, distance: percent.format(distance) })}{' '}
      {t(above < 0 ? 'seeds.below' : 'seeds.above', { share: percent.format(Math.abs(above)) })}
    </p>
  );
}

function AgreedMarks({ seed: { marks } }: { readonly seed: Seed }) {
  const { t, i18n } = useTranslation('console');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  return (
    <details>
      <summary>{t('seeds.marks')}</summary>
      <dl className="facts">
        {marks.map(({ itemId, points, reason }) => (
          <div key={itemId}>
            <dt>{itemId}</dt>
            <dd>
              {t('seeds.points', { count: points, points: numbers.format(points) })} {reason}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function End({ seed: { id: seedId } }: { readonly seed: Seed }) {
  const { t } = useTranslation('console');
  const mayAct = useMayAct();
  const [isOpen, setIsOpen] = useState(false);
  if (!mayAct) return null;
  return (
    <>
      <Button className="button grave" onPress={() => setIsOpen(true)}>
        {t('seeds.end')}
      </Button>
      {isOpen && (
        <ReasonedAct
          title={t('seeds.end')}
          perform={({ reason, idempotencyKey }) => endSeed({ seedId, idempotencyKey, seedEnding: { reason } })}
          changes={[['seeds'], ['standardisations']]}
          onClose={() => setIsOpen(false)}
        >
          <p>{t('seeds.endAbout')}</p>
        </ReasonedAct>
      )}
    </>
  );
}
