import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { Button, Checkbox, CheckboxGroup, Label, Radio, RadioGroup, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { EntryNote } from '../frame/keeping/EntryNote.tsx';
import { NotOnDevice, SaveState, SessionEnded } from '../frame/keeping/SaveState.tsx';
import { useKeeper, useWarningBeforeLeaving } from '../frame/keeping/use-keeper.ts';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { usePerson } from '../frame/session.tsx';
import { useSecondsLeft } from '../frame/server-clock.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { submitAptitudeTest, type AptitudeTest, type Item } from '../generated/client.ts';
import { createAnswerKeeper, type Answer, type AnswerKeeper, type AnswerValue, type Answers } from './answers.ts';
import { Countdown } from './Countdown.tsx';
import { attemptQuery, testQuery } from './queries.ts';
import './exam.css';

/** The aptitude test under way: questions, each change saved as it is typed, and the step before submitting. */
export function TestRoom() {
  const { t } = useTranslation('exam');
  const { attemptId = '' } = useParams();
  const test = useQuery(testQuery(attemptId));
  return (
    <Page title={t('test.aptitude')}>
      <Loaded query={test}>{(data) => (data.submittedAt === null ? <Sitting test={data} /> : <Over attemptId={attemptId} />)}</Loaded>
    </Page>
  );
}

function Over({ attemptId }: { readonly attemptId: string }) {
  const { t } = useTranslation('exam');
  return (
    <div className="card">
      <p>{t('test.submitted')}</p>
      <p>
        <Link className="button primary" to={`/attempts/${attemptId}`}>
          {t('test.toAttempt')}
        </Link>
      </p>
    </div>
  );
}

function Sitting({ test }: { readonly test: AptitudeTest }) {
  const { t } = useTranslation('exam');
  const subject = usePerson()?.subject ?? '';
  const { attemptId, responses } = test;
  const keeper = useKeeper(() => createAnswerKeeper({ subject, attemptId, saved: responses }), {
    place: `${subject} ${attemptId}`,
    saved: responses,
  });
  const [address, setAddress] = useSearchParams();
  if (!keeper) return <p className="loading">{t('test.opening')}</p>;
  const isReview = address.get('step') === 'review';
  return (
    <Room
      test={test}
      keeper={keeper}
      isReview={isReview}
      // In the history, so that "back" leads from the review to the questions.
      onReview={() => setAddress({ step: 'review' })}
      onQuestions={() => setAddress({})}
    />
  );
}

type RoomProps = {
  readonly test: AptitudeTest;
  readonly keeper: AnswerKeeper;
  readonly isReview: boolean;
  readonly onReview: () => void;
  readonly onQuestions: () => void;
};

function Room({ test, keeper, isReview, onReview, onQuestions }: RoomProps) {
  const { t } = useTranslation('exam');
  const answers = useSyncExternalStore(keeper.subscribe, keeper.read);
  const queries = useQueryClient();
  const secondsLeft = useSecondsLeft(test.deadline);
  const { data: attempt } = useQuery(attemptQuery(test.attemptId));
  const isOver = secondsLeft <= 0 || answers.closed !== undefined;
  useEffect(() => {
    if (isOver) void queries.invalidateQueries();
  }, [isOver, queries]);
  useWarningBeforeLeaving(answers);
  return (
    <>
      <div className="work-bar" role="region" aria-label={t('test.bar')}>
        <Countdown deadline={test.deadline} />
        <SaveState entries={answers} words={(key, count) => t(`save.${key}`, { count })} />
        {attempt && attempt.accommodationPercent > 100 && (
          <span className="badge accent">{t('test.accommodation', { percent: attempt.accommodationPercent })}</span>
        )}
      </div>
      <NotOnDevice keptOnDevice={answers.keptOnDevice} />
      <SessionEnded entries={answers} />
      {isOver && <p className="note warning">{t('test.timeOver')}</p>}
      {isReview ? (
        <Review test={test} keeper={keeper} answers={answers} onQuestions={onQuestions} />
      ) : (
        <form className="questions" onSubmit={(event) => event.preventDefault()}>
          {test.items.map((item, index) => (
            <Question key={item.id} item={item} number={index + 1} answer={answers.items[item.id]} keeper={keeper} isDisabled={isOver} />
          ))}
          <div>
            <Button className="button primary" onPress={onReview}>
              {t('test.review')}
            </Button>
          </div>
        </form>
      )}
    </>
  );
}

type QuestionProps = {
  readonly item: Item;
  readonly number: number;
  readonly answer: Answer | undefined;
  readonly keeper: AnswerKeeper;
  readonly isDisabled: boolean;
};

function Question({ item, number, answer, keeper, isDisabled }: QuestionProps) {
  const { t } = useTranslation('exam');
  const change = (value: AnswerValue) => keeper.change(item.id, value);
  const heading = (
    <span className="question-head">
      <span className="question-number">{t('question.number', { number })}</span>
      <small>{t('question.points', { count: item.points })}</small>
    </span>
  );
  return (
    <section className="card question" id={`question-${number}`} aria-label={t('question.number', { number })}>
      {item.type === 'text' ? (
        <TextField className="field" value={textOf(answer)} onChange={change} isDisabled={isDisabled}>
          {heading}
          <Label className="prompt">{item.prompt}</Label>
          <TextArea className="input" rows={8} spellCheck />
        </TextField>
      ) : item.cardinality === 'single' ? (
        <RadioGroup className="field" value={chosenOf(answer)[0] ?? null} onChange={(id) => change([id])} isDisabled={isDisabled}>
          {heading}
          <Label className="prompt">{item.prompt}</Label>
          {item.choices.map(({ id, text }) => (
            <Radio className="choice" key={id} value={id}>
              {text}
            </Radio>
          ))}
        </RadioGroup>
      ) : (
        <CheckboxGroup className="field" value={[...chosenOf(answer)]} onChange={change} isDisabled={isDisabled}>
          {heading}
          <Label className="prompt">{item.prompt}</Label>
          <small>{t('question.several')}</small>
          {item.choices.map(({ id, text }) => (
            <Checkbox className="choice square" key={id} value={id}>
              {text}
            </Checkbox>
          ))}
        </CheckboxGroup>
      )}
      <AnswerNote item={item} answer={answer} keeper={keeper} />
    </section>
  );
}

function textOf(answer: Answer | undefined): string {
  return typeof answer?.value === 'string' ? answer.value : '';
}

function chosenOf(answer: Answer | undefined): readonly string[] {
  return Array.isArray(answer?.value) ? answer.value : [];
}

function AnswerNote({ item, answer, keeper }: Pick<QuestionProps, 'item' | 'answer' | 'keeper'>) {
  const { t } = useTranslation('exam');
  return (
    <EntryNote
      itemId={item.id}
      entry={answer}
      keeper={keeper}
      newer={(value) => (
        <>
          <p>{t('save.conflict')}</p>
          <p className="written">{shownValue(item, value)}</p>
        </>
      )}
    />
  );
}

function shownValue(item: Item, value: AnswerValue): string {
  if (typeof value === 'string') return value;
  const texts = item.type === 'choice' ? item.choices : [];
  return value.map((id) => texts.find((choice) => choice.id === id)?.text ?? id).join('\n');
}

/** What will be handed in, question by question, before it is. */
function Review({ test, keeper, answers, onQuestions }: Pick<RoomProps, 'test' | 'keeper' | 'onQuestions'> & { readonly answers: Answers }) {
  const { t } = useTranslation(['exam', 'frame']);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isUnsaved, setUnsaved] = useState(false);
  const submitting = useMutation({
    mutationFn: async () => {
      setUnsaved(false);
      if (!(await keeper.flush())) {
        setUnsaved(true);
        return undefined;
      }
      return submitAptitudeTest({ attemptId: test.attemptId });
    },
    onSuccess: async (submission) => {
      if (submission === undefined) return;
      await queries.invalidateQueries();
      await navigate(`/attempts/${test.attemptId}/submissions/${submission.submissionId}`, { replace: true });
    },
  });
  const blank = test.items.filter(({ id }) => isBlank(answers.items[id]?.value)).length;
  return (
    <section className="section" aria-labelledby="review">
      <h2 id="review">{t('review.title')}</h2>
      <p>{blank === 0 ? t('review.allAnswered') : t('review.blank', { count: blank })}</p>
      <ol className="plain-list review">
        {test.items.map((item, index) => {
          const answer = answers.items[item.id];
          return (
            <li className="card" key={item.id}>
              <div className="row spread">
                <strong>{t('question.number', { number: index + 1 })}</strong>
                <span className={`badge ${isBlank(answer?.value) ? 'warning' : answer?.state === 'saved' ? 'good' : 'warning'}`}>
                  {isBlank(answer?.value) ? t('review.notAnswered') : answer?.state === 'saved' ? t('frame:save.saved') : t('save.notSaved')}
                </span>
              </div>
              <p className="soft">{item.prompt}</p>
              {answer && !isBlank(answer.value) && <p className="written">{shownValue(item, answer.value)}</p>}
              <AnswerNote item={item} answer={answer} keeper={keeper} />
            </li>
          );
        })}
      </ol>
      {isUnsaved && (
        <p className="note trouble" role="alert">
          {t('review.unsaved')}
        </p>
      )}
      {submitting.error && <TroubleNote error={submitting.error} />}
      <p>{t('review.final')}</p>
      <div className="row">
        <Button className="button" onPress={onQuestions}>
          {t('review.back')}
        </Button>
        <Button className="button primary" isPending={submitting.isPending} onPress={() => submitting.mutate()}>
          {t('review.submit')}
        </Button>
      </div>
    </section>
  );
}

function isBlank(value: AnswerValue | undefined): boolean {
  return value === undefined || (typeof value === 'string' ? value.trim() === '' : value.length === 0);
}
