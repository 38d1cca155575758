import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { amountText } from '../frame/Pay.tsx';
import { deadlineText, instantText, timeZone } from '../frame/time.ts';
import { addPayRate, listPayRates, type PayRate } from '../generated/client.ts';
import { Amount } from './Amount.tsx';
import { amountOf } from './amounts.ts';
import { useMayAct } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';

const PIECES = [
  { test: 'aptitude', purpose: 'mark' },
  { test: 'aptitude', purpose: 'adjudicate' },
  { test: 'case_study', purpose: 'mark' },
  { test: 'case_study', purpose: 'adjudicate' },
] as const;

/** What an hour and a piece are worth, every version, and from when on. */
export function PayRates() {
  const { t } = useTranslation('console');
  const rates = useQuery({ queryKey: ['pay-rates'], queryFn: () => listPayRates() });
  const mayAct = useMayAct();
  const [isSetting, setIsSetting] = useState(false);
  return (
    <Page
      title={t('rates.title')}
      actions={
        mayAct &&
        rates.data && (
          <Button className="button primary" onPress={() => setIsSetting(true)}>
            {t('rates.set')}
          </Button>
        )
      }
    >
      <p className="soft">{t('rates.about')}</p>
      <Loaded query={rates}>
        {({ currency, rates: all }) => (
          <>
            {all.length === 0 ? <p className="empty">{t('rates.none')}</p> : <List rates={all} currency={currency} />}
            {isSetting && <SetRate newest={all[0]} currency={currency} onClose={() => setIsSetting(false)} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function List({ rates, currency }: { readonly rates: readonly PayRate[]; readonly currency: string }) {
  const { t, i18n } = useTranslation('console');
  const money = (amount: string) => amountText(amount, currency, i18n.language);
  return (
    <ol className="plain-list" reversed>
      {rates.map(({ version, effectiveFrom, perHour, perPiece, recordedBy, recordedAt, reason }) => (
        <li className="card" key={version}>
          <h2>{t('rates.version', { version, when: deadlineText(effectiveFrom, i18n.language) })}</h2>
          <dl className="facts">
            <div>
              <dt>{t('rates.perHour')}</dt>
              <dd>{money(perHour)}</dd>
            </div>
            {PIECES.map(({ test, purpose }) => (
              <div key={`${test} ${purpose}`}>
                <dt>{t(`rates.piece.${purpose}.${test}`)}</dt>
                <dd>{money(perPiece[test][purpose])}</dd>
              </div>
            ))}
          </dl>
          <p className="soft">{t('rates.recorded', { who: recordedBy, when: instantText(recordedAt, i18n.language), reason })}</p>
        </li>
      ))}
    </ol>
  );
}

type SetRateProps = { readonly newest: PayRate | undefined; readonly currency: string; readonly onClose: () => void };

/** Begins with what is in force, so that only what changes is typed. */
function SetRate({ newest, currency, onClose }: SetRateProps) {
  const { t } = useTranslation('console');
  const [from, setFrom] = useState('');
  const [perHour, setPerHour] = useState(Number(newest?.perHour ?? Number.NaN));
  const [pieces, setPieces] = useState(PIECES.map(({ test, purpose }) => Number(newest?.perPiece[test][purpose] ?? 0)));
  const effectiveFrom = new Date(from);
  const hour = amountOf(perHour);
  const [aptitudeMark, aptitudeSettled, caseStudyMark, caseStudySettled] = pieces.map(amountOf);
  const perPiece =
    aptitudeMark !== undefined && aptitudeSettled !== undefined && caseStudyMark !== undefined && caseStudySettled !== undefined
      ? { aptitude: { mark: aptitudeMark, adjudicate: aptitudeSettled }, case_study: { mark: caseStudyMark, adjudicate: caseStudySettled } }
      : undefined;
  return (
    <ReasonedAct
      title={t('rates.set')}
      isReady={!Number.isNaN(effectiveFrom.getTime()) && hour !== undefined && perPiece !== undefined}
      perform={async ({ reason, idempotencyKey }) =>
        hour !== undefined &&
        perPiece &&
        addPayRate({ idempotencyKey, newPayRate: { effectiveFrom: effectiveFrom.toISOString(), perHour: hour, perPiece, reason } })
      }
      changes={[['pay-rates'], ['pay']]}
      onClose={onClose}
    >
      <p>{t('rates.effect')}</p>
      <TextField className="field" value={from} onChange={setFrom} isRequired>
        <Label>{t('rates.from', { zone: timeZone() })}</Label>
        <Input className="input" type="datetime-local" />
      </TextField>
      <Amount label={t('rates.perHour')} currency={currency} value={perHour} onChange={setPerHour} />
      {PIECES.map(({ test, purpose }, index) => (
        <Amount
          key={`${test} ${purpose}`}
          label={t(`rates.piece.${purpose}.${test}`)}
          currency={currency}
          value={pieces[index] ?? 0}
          onChange={(value) => setPieces(pieces.map((piece, at) => (at === index ? value : piece)))}
        />
      ))}
    </ReasonedAct>
  );
}
