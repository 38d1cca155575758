import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { save } from '../frame/download.ts';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { getFeedbackReport, type Decision } from '../generated/client.ts';
import { resultsQuery } from './queries.ts';
import { Why } from './Why.tsx';

const Markdown = lazy(async () => ({ default: (await import('../frame/Markdown.tsx')).Markdown }));

/** Each decision with its feedback: one's own answer, and what was said of it. */
export function Results({ attemptId }: { readonly attemptId: string }) {
  const { t } = useTranslation('exam');
  const { data } = useQuery(resultsQuery(attemptId));
  if (!data || data.decisions.length === 0) return null;
  return (
    <section className="section" aria-labelledby="results">
      <h2 id="results">{t('result.title')}</h2>
      {data.decisions.toReversed().map((decision) => (
        <Result key={`${decision.test} ${decision.round}`} attemptId={attemptId} decision={decision} />
      ))}
    </section>
  );
}

function Result({ attemptId, decision }: { readonly attemptId: string; readonly decision: Decision }) {
  const { t, i18n } = useTranslation('exam');
  const { test, round, passed, percentage, passMark, points, pointsMax, decidedAt, feedback } = decision;
  return (
    <article className="card">
      <div className="row spread">
        <h3>{t(`test.${test}`)}</h3>
        <span className={passed ? 'badge good' : 'badge bad'}>{passed ? t('result.passed') : t('result.failed')}</span>
      </div>
      <dl className="figures">
        <div>
          <dt>{t('result.score', { passMark })}</dt>
          <dd>{percentage} %</dd>
        </div>
        <div>
          <dt>{t('result.points')}</dt>
          <dd>
            {points} / {pointsMax}
          </dd>
        </div>
      </dl>
      <small>{t('result.decided', { when: instantText(decidedAt, i18n.language) })}</small>
      {feedback.length > 0 && (
        <details>
          <summary>{t('result.feedback', { count: feedback.length })}</summary>
          <ul className="plain-list feedback">
            {feedback.map(({ itemId, title, points: earned, pointsMax: most, pointsBefore, answer, remarks }) => (
              <li key={itemId}>
                <div className="row spread">
                  <strong>{title}</strong>
                  <span className="badge">
                    {earned} / {most}
                  </span>
                </div>
                {pointsBefore !== null && (
                  <p className="note">{t(pointsBefore < earned ? 'result.raised' : 'result.stands', { before: pointsBefore })}</p>
                )}
                {answer !== null && (
                  <>
                    <small>{t('result.yourAnswer')}</small>
                    <p className="written">{answer}</p>
                  </>
                )}
                <Suspense fallback={remarks.join('\n')}>
                  {remarks.map((remark) => (
                    <Markdown key={remark}>{remark}</Markdown>
                  ))}
                </Suspense>
              </li>
            ))}
          </ul>
        </details>
      )}
      <Report attemptId={attemptId} test={test} />
      <Why attemptId={attemptId} test={test} round={round} />
    </article>
  );
}

function Report({ attemptId, test }: { readonly attemptId: string; readonly test: Decision['test'] }) {
  const { t } = useTranslation('exam');
  const [trouble, setTrouble] = useState<unknown>();
  const ask = () => {
    setTrouble(undefined);
    getFeedbackReport({ attemptId, test }, { headers: { Accept: 'application/pdf' } })
      .then(save)
      .catch(setTrouble);
  };
  return (
    <div className="section">
      {trouble !== undefined && <TroubleNote error={trouble} onRetry={ask} />}
      <div>
        <Button className="button" onPress={ask}>
          {t('result.report')}
        </Button>
      </div>
    </div>
  );
}
