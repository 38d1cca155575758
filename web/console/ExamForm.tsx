import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { Markdown } from '../frame/Markdown.tsx';
import { durationText } from '../frame/time.ts';
import type { CompleteExamForm } from '../generated/client.ts';
import {
  choicesOf,
  correctOf,
  differencesBetween,
  mappedPoints,
  POLICY,
  secondsOf,
  type Difference,
  type Item,
  type Kind,
  type Value,
} from './exam-compare.ts';

/** A version whole, with its keys: rules, questions, case studies. */
export function ExamForm({ form }: { readonly form: CompleteExamForm }) {
  const { t, i18n } = useTranslation('console');
  const { items } = form.aptitudeTest;
  const numbers = new Intl.NumberFormat(i18n.language);
  const sum = items.reduce((total, { points }) => total + points, 0);
  return (
    <>
      <section className="section" aria-labelledby="rules">
        <h2 id="rules">{t('exam.rules')}</h2>
        <dl className="facts">
          {POLICY.map(([member, kind, read]) => (
            <div key={member}>
              <dt>{t(`exam.policy.${member}`)}</dt>
              <dd>{valueText({ t, locale: i18n.language }, kind, read(form.policy))}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className="section" aria-labelledby="items">
        <h2 id="items">{t('exam.items')}</h2>
        <p>{t('exam.itemCount', { count: items.length, points: numbers.format(sum) })}</p>
        {items.map((item, index) => (
          <details className="card" key={item.id}>
            <summary>
              {index + 1}. {firstLine(item.prompt)} <span className="badge">{t('exam.points', { count: item.points })}</span>
            </summary>
            <ItemRead item={item} />
          </details>
        ))}
      </section>
      <section className="section" aria-labelledby="case-studies">
        <h2 id="case-studies">{t('exam.caseStudies')}</h2>
        {form.caseStudies.map(({ id, title, brief, rubric }) => (
          <details className="card" key={id}>
            <summary>{title}</summary>
            <Markdown>{brief}</Markdown>
            <dl className="facts">
              {rubric.map((criterion) => (
                <div key={criterion.id}>
                  <dt>
                    {criterion.title} ({t('exam.points', { count: criterion.points })})
                  </dt>
                  <dd className="written">{criterion.description}</dd>
                </div>
              ))}
            </dl>
          </details>
        ))}
      </section>
    </>
  );
}

function ItemRead({ item }: { readonly item: Item }) {
  const { t, i18n } = useTranslation('console');
  if (item.type === 'text')
    return (
      <>
        <p className="written">{item.prompt}</p>
        <h3>{t('exam.field.modelAnswer')}</h3>
        <p className="written">{item.modelAnswer}</p>
      </>
    );
  const [correct, mapped] = [correctOf(item), mappedPoints(item)];
  return (
    <>
      <p className="written">{item.prompt}</p>
      <ul>
        {choicesOf(item).map(({ id, text }) => (
          <li key={id}>
            {text} {correct.includes(text) && <span className="badge good">{t('exam.isCorrect')}</span>}{' '}
            {mapped.length > 0 && (
              <span className="badge">
                {new Intl.NumberFormat(i18n.language, { signDisplay: 'exceptZero' }).format(mapped.find((one) => one.text === text)?.points ?? 0)}
              </span>
            )}
          </li>
        ))}
      </ul>
      <p className="soft">
        {t(`exam.cardinality.${item.cardinality ?? 'multiple'}`)} {t(mapped.length > 0 ? 'exam.mapped' : 'exam.allOrNothing')}
      </p>
      {item.hint !== undefined && (
        <>
          <h3>{t('exam.field.hint')}</h3>
          <p className="written">{item.hint}</p>
        </>
      )}
    </>
  );
}

/** What the later one has otherwise; keys and points stand out, since they turn results. */
export function Differences({ before, after }: { readonly before: CompleteExamForm; readonly after: CompleteExamForm }) {
  const { t } = useTranslation('console');
  const differences = differencesBetween(before, after);
  const versions = { before: before.version, after: after.version };
  return (
    <section className="section" aria-labelledby="differences">
      <h2 id="differences">{t('exam.differences', versions)}</h2>
      {differences.length === 0 ? (
        <p className="empty">{t('exam.same')}</p>
      ) : (
        <ul className="plain-list">
          {differences.map((difference) => (
            <li className="card" key={`${difference.of} ${'id' in difference ? difference.id : 'member' in difference ? difference.member : ''}`}>
              <DifferenceRead difference={difference} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function DifferenceRead({ difference }: { readonly difference: Difference }) {
  const { t, i18n } = useTranslation('console');
  switch (difference.of) {
    case 'title':
    case 'language':
      return <Change name={t(`exam.${difference.of}`)} before={difference.before ?? ''} after={difference.after ?? ''} />;
    case 'policy': {
      const text = (value: typeof difference.before) => valueText({ t, locale: i18n.language }, difference.kind, value);
      return <Change name={t(`exam.policy.${difference.member}`)} before={text(difference.before)} after={text(difference.after)} />;
    }
    case 'item':
    case 'caseStudy':
    case 'criterion':
      return (
        <>
          <div className="row spread">
            <h3>{t(`exam.part.${difference.of}`, { id: difference.id })}</h3>
            <span className={`badge ${difference.change === 'moved' ? '' : 'accent'}`}>{t(`exam.change.${difference.change}`)}</span>
          </div>
          {difference.fields.map(({ field, before, after }) => {
            const text = (value: string) =>
              field === 'cardinality' && value !== ''
                ? t(`exam.cardinality.${value as 'single'}`)
                : field === 'scoring' && value === ''
                  ? t('exam.allOrNothing')
                  : value;
            return <Change key={field} name={t(`exam.field.${field}`)} before={text(before)} after={text(after)} isGrave={GRAVE.has(field)} />;
          })}
        </>
      );
  }
}

/** What turns results. */
const GRAVE: ReadonlySet<string> = new Set(['correct', 'points', 'scoring']);

type ChangeProps = { readonly name: string; readonly before: string; readonly after: string; readonly isGrave?: boolean };

function Change({ name, before, after, isGrave = false }: ChangeProps) {
  const { t } = useTranslation('console');
  return (
    <dl className="facts">
      <div>
        <dt>{t('exam.before', { name })}</dt>
        <dd className="written">{before === '' ? t('exam.nothing') : before}</dd>
      </div>
      <div>
        <dt>
          {t('exam.after', { name })} {isGrave && <span className="badge warning">{t('exam.grave')}</span>}
        </dt>
        <dd className="written">{after === '' ? t('exam.nothing') : after}</dd>
      </div>
    </dl>
  );
}

type Words = { readonly t: TFunction<'console'>; readonly locale: string };

function valueText({ t, locale }: Words, kind: Kind, value: Value): string {
  if (value === undefined) return t('exam.unsaid');
  if (typeof value === 'boolean') return t(value ? 'truth.yes' : 'truth.no');
  if (typeof value === 'object')
    return value.length === 0
      ? t('exam.none')
      : new Intl.ListFormat(locale).format(value.map((one) => valueText({ t, locale }, kind === 'percents' ? 'percent' : 'duration', one)));
  if (typeof value === 'number')
    return kind === 'percent'
      ? new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(value / 100)
      : new Intl.NumberFormat(locale).format(value);
  return kind === 'duration' ? durationText(secondsOf(value), locale) : t(`exam.word.${value}` as 'exam.word.risk');
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
