import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { deadlineText } from '../frame/time.ts';
import { getMarkingPlan, type MarkingPlan as Plan, type MarkingPolicyOutcome } from '../generated/client.ts';

/** What the weekly fit of the marking model found, and what policies of second marking would cost and get wrong. */
export function MarkingPlan() {
  const { t } = useTranslation('console');
  const plan = useQuery({ queryKey: ['marking-plan'], queryFn: () => getMarkingPlan() });
  return (
    <Page title={t('markingPlan.title')}>
      <Loaded query={plan}>
        {(loaded) => (
          <>
            <Model plan={loaded} />
            <Policies plan={loaded.plan} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Model({ plan: { activeVersion, followsBetter, fit } }: { readonly plan: Plan }) {
  const { t, i18n } = useTranslation('console');
  const fitted = fit && (fit.version === null ? 'tooFew' : fit.isNew ? 'fitted' : 'known');
  return (
    <section className="section" aria-labelledby="model">
      <h2 id="model">{t('markingPlan.model')}</h2>
      <p>{activeVersion === null ? t('markingPlan.noneActive') : t('markingPlan.active', { version: activeVersion })}</p>
      <p>{t(followsBetter ? 'markingPlan.follows' : 'markingPlan.followsNot')}</p>
      {fit && fitted ? (
        <p>{t(`markingPlan.${fitted}`, { version: fit.version, until: deadlineText(fit.marksUntil, i18n.language) })}</p>
      ) : (
        <p className="empty">{t('markingPlan.noFit')}</p>
      )}
      {fit && (
        <ul lang="en">
          {fit.words.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Policies({ plan }: Pick<Plan, 'plan'>) {
  const { t, i18n } = useTranslation('console');
  const percent = (value: number) => new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 }).format(value);
  const number = (value: number) => new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 }).format(value);
  return (
    <section className="section" aria-labelledby="plan">
      <h2 id="plan">{t('markingPlan.plan')}</h2>
      {plan === null ? (
        <p className="empty">{t('markingPlan.noPlan')}</p>
      ) : (
        <>
          <p>{t('markingPlan.judged', { scripts: number(plan.scripts), until: deadlineText(plan.marksUntil, i18n.language) })}</p>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('markingPlan.policy')}</th>
                <th scope="col">{t('markingPlan.twice')}</th>
                <th scope="col">{t('markingPlan.wrong')}</th>
                <th scope="col">{t('markingPlan.hours')}</th>
              </tr>
            </thead>
            <tbody>
              {plan.policies.map((one) => (
                <tr key={keyOf(one)}>
                  <td>
                    {one.policy}
                    {one.machineCheck && `, ${t('markingPlan.machineCheck')}`}
                    {one.limit !== null && `, ${t('markingPlan.above', { limit: percent(one.limit) })}`}
                  </td>
                  <td>{percent(one.shareMarkedTwice)}</td>
                  <td>
                    {t('markingPlan.interval', {
                      share: percent(one.wrongShare),
                      low: percent(one.wrongShareLow),
                      high: percent(one.wrongShareHigh),
                    })}
                  </td>
                  <td>{number(one.hoursPerAttempt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}

function keyOf({ policy, machineCheck, limit, shareMarkedTwice }: MarkingPolicyOutcome): string {
  return [policy, machineCheck, limit ?? `share ${shareMarkedTwice}`].join(' ');
}
