import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { troubleOf } from '../frame/problem.ts';
import { durationText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { registerAttempt, type Exam } from '../generated/client.ts';
import { examQuery } from './queries.ts';

/** What to know of an exam, and registering for it. */
export function ExamPage() {
  const { t } = useTranslation('exam');
  const { examId = '' } = useParams();
  const exam = useQuery(examQuery(examId));
  return (
    <Page title={exam.data?.title ?? t('exam.title')}>
      <Loaded query={exam}>
        {(facts) => (
          <>
            <Facts exam={facts} />
            <Register examId={examId} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Facts({ exam: { limits, resultPromiseSeconds, passMarkPercent, aptitudeTest } }: { readonly exam: Exam }) {
  const { t, i18n } = useTranslation('exam');
  const duration = (seconds: number) => durationText(seconds, i18n.language);
  const steps = [
    ['start', { duration: duration(limits.startSeconds) }],
    ['aptitude', { duration: duration(limits.aptitudeTestSeconds), count: aptitudeTest.itemCount }],
    ['offer', { duration: duration(limits.offerSeconds) }],
    ['caseStudy', { duration: duration(limits.caseStudySeconds) }],
    ['result', { duration: duration(resultPromiseSeconds.caseStudy), percent: passMarkPercent }],
  ] as const;
  return (
    <section className="card" aria-labelledby="way">
      <h2 id="way">{t('exam.way')}</h2>
      <ol className="steps">
        {steps.map(([step, values]) => (
          <li key={step}>
            <strong>{t(`exam.step.${step}.name`)}</strong>
            <p className="soft">{t(`exam.step.${step}.about`, values)}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Register({ examId }: { readonly examId: string }) {
  const { t } = useTranslation('exam');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const idempotencyKey = useRef(crypto.randomUUID());
  const registering = useMutation({
    mutationFn: () => registerAttempt({ idempotencyKey: idempotencyKey.current, registration: { examId } }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['attempts'] });
      await navigate(`/attempts/${id}`);
    },
  });
  const trouble = registering.error ? troubleOf(registering.error) : undefined;
  const open = trouble?.kind === 'problem' && trouble.problem.code === 'attempt_already_open' ? trouble.problem['attemptId'] : undefined;
  return (
    <section className="section" aria-label={t('exam.register')}>
      {registering.error && <TroubleNote error={registering.error} />}
      {typeof open === 'string' ? (
        <p>
          <Link className="button primary" to={`/attempts/${open}`}>
            {t('exam.toOpen')}
          </Link>
        </p>
      ) : (
        <div className="row">
          <Button className="button primary" isPending={registering.isPending} onPress={() => registering.mutate()}>
            {t('exam.register')}
          </Button>
          <span className="soft">{t('exam.noClockYet')}</span>
        </div>
      )}
    </section>
  );
}
