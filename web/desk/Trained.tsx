import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Markdown } from '../frame/Markdown.tsx';
import type { AgreedMark, Assignment } from '../generated/client.ts';
import { CaseStudy } from './CaseStudy.tsx';
import { Claim } from './Desk.tsx';
import { partsOf, totalOf, type Part } from './marks.ts';
import { Standing } from './Standing.tsx';

/** A script of training that is handed in: what is agreed beside what one gave, part by part, and how far one is. */
export function Trained({ assignment }: { readonly assignment: Assignment }) {
  const { t, i18n } = useTranslation('desk');
  const parts = partsOf(assignment);
  const given = assignment.training?.given ?? [];
  const agreed = assignment.training?.agreed ?? [];
  const points = (marks: readonly AgreedMark[]) =>
    new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 }).format(totalOf(marks.map((mark) => mark.points)));
  return (
    <>
      <p className="note good" role="status">
        {t('training.handedIn', { given: points(given), agreed: points(agreed) })}
      </p>
      {'file' in assignment && <CaseStudy assignment={assignment} />}
      <div className="parts">
        {parts.map((part, index) => (
          <ComparedPart
            key={part.itemId}
            part={part}
            number={index + 1}
            given={given.find(({ itemId }) => itemId === part.itemId)}
            agreed={agreed.find(({ itemId }) => itemId === part.itemId)}
          />
        ))}
      </div>
      <section className="section" aria-labelledby="standing">
        <h2 id="standing">{t('training.standing')}</h2>
        <Standing />
        <Claim isTraining />
        <p>
          <Link className="button" to="/">
            {t('marking.toDesk')}
          </Link>
        </p>
      </section>
    </>
  );
}

type ComparedPartProps = {
  readonly part: Part;
  readonly number: number;
  readonly given: AgreedMark | undefined;
  readonly agreed: AgreedMark | undefined;
};

function ComparedPart({ part: { title, pointsMax, response, guide }, number, given, agreed }: ComparedPartProps) {
  const { t } = useTranslation('desk');
  return (
    <section className="card part" aria-labelledby={`part-${number}`}>
      <h2 className="part-head" id={`part-${number}`}>
        {t('part.heading', { number })}
      </h2>
      <div className="part-columns">
        <div className="part-read">
          <div className="prompt">{title}</div>
          {response !== undefined && (
            <>
              <h3>{t('part.response')}</h3>
              <p className="written">{response}</p>
            </>
          )}
          <details className="guide">
            <summary>{response === undefined ? t('part.criterion') : t('part.modelAnswer')}</summary>
            <Markdown>{guide}</Markdown>
          </details>
        </div>
        <div className="part-mark">
          <div className="disputed">
            {given && agreed && <Distance given={given.points} agreed={agreed.points} />}
            <div className="disputed-columns">
              {given && <Given heading={t('training.yours')} mark={given} pointsMax={pointsMax} />}
              {agreed && <Given heading={t('training.agreed')} mark={agreed} pointsMax={pointsMax} />}
            </div>
          </div>
        </div>
      </div>
    </section>
  );
}

function Distance({ given, agreed }: { readonly given: number; readonly agreed: number }) {
  const { t, i18n } = useTranslation('desk');
  const distance = totalOf([given, -agreed]);
  const points = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 }).format(Math.abs(distance));
  const what = distance === 0 ? 'same' : distance > 0 ? 'more' : 'less';
  return (
    <p>
      <strong>{t(`training.distance.${what}`, { points })}</strong>
    </p>
  );
}

function Given({ heading, mark, pointsMax }: { readonly heading: string; readonly mark: AgreedMark; readonly pointsMax: number }) {
  const { t, i18n } = useTranslation('desk');
  const numbers = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  return (
    <div>
      <h3>{heading}</h3>
      <p className="disputed-points">{t('review.of', { points: numbers.format(mark.points), max: numbers.format(pointsMax) })}</p>
      {mark.reason.trim() === '' ? <p className="soft">{t('training.noReason')}</p> : <p className="written">{mark.reason}</p>}
    </div>
  );
}
