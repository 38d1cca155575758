import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { correctPay, type Pay } from '../generated/client.ts';
import { Amount } from './Amount.tsx';
import { amountOf } from './amounts.ts';
import { useMayActOn } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';

/** What an issued statement had wrong is a line of the next one. */
export function CorrectPay({ grader, pay: { currency } }: { readonly grader: string; readonly pay: Pay }) {
  const { t } = useTranslation('console');
  const mayAct = useMayActOn(grader);
  const [isAsked, setIsAsked] = useState(false);
  const [typed, setTyped] = useState(Number.NaN);
  const amount = amountOf(typed);
  if (!mayAct) return null;
  return (
    <div>
      <Button
        className="button"
        onPress={() => {
          setTyped(Number.NaN);
          setIsAsked(true);
        }}
      >
        {t('pay.correct')}
      </Button>
      {isAsked && (
        <ReasonedAct
          title={t('pay.correct')}
          isReady={amount !== undefined && typed !== 0}
          perform={async ({ reason, idempotencyKey }) =>
            amount !== undefined && correctPay({ subject: grader, idempotencyKey, payCorrection: { amount, reason } })
          }
          changes={[['pay', grader]]}
          onClose={() => setIsAsked(false)}
        >
          <p>{t('pay.correctAbout')}</p>
          <Amount label={t('pay.correctAmount')} currency={currency} value={typed} onChange={setTyped} isNegativeAllowed />
        </ReasonedAct>
      )}
    </div>
  );
}
