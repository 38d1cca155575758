import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';
import type { Pay, PayLine, PayStatement } from '../generated/client.ts';
import { save } from './download.ts';
import { FramedTable } from './FramedTable.tsx';
import { Loaded } from './Loaded.tsx';
import { dateText, durationText, monthText } from './time.ts';
import { TroubleNote } from './TroubleNote.tsx';

/** An exact amount of the API as people read it. No sum is ever made of it. */
export function amountText(amount: string, currency: string, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(Number(amount));
}

/** What is earned and on no statement yet, each line with what it was reckoned from. */
export function PayDue({ pay: { currency, due } }: { readonly pay: Pay }) {
  const { t, i18n } = useTranslation('frame');
  return (
    <section className="section" aria-labelledby="due">
      <h2 id="due">{t('pay.due')}</h2>
      <p>{t('pay.total', { amount: amountText(due.total, currency, i18n.language), duration: durationText(due.seconds, i18n.language) })}</p>
      {due.lines.length === 0 ? (
        <p className="empty">{t('pay.nothingDue')}</p>
      ) : (
        <Lines label={t('pay.dueLines')} lines={due.lines} currency={currency} />
      )}
    </section>
  );
}

function Lines({ label, lines, currency }: { readonly label: string; readonly lines: readonly PayLine[]; readonly currency: string }) {
  const { t, i18n } = useTranslation('frame');
  const money = (amount: string) => amountText(amount, currency, i18n.language);
  return (
    <FramedTable label={label} headings={[t('pay.what'), t('pay.ended'), t('pay.worked'), t('pay.time'), t('pay.piece'), t('pay.amount')]}>
      {lines.map(({ amount, work, correction }) =>
        work ? (
          <tr key={`${work.assignmentId} ${work.endedAt}`}>
            <td>
              {t(`pay.kind.${work.purpose}.${work.test}`)}
              <br />
              <small>{work.isCompleted ? t('pay.rate', { version: work.rateVersion, perHour: money(work.perHour) }) : t('pay.notHandedIn')}</small>
            </td>
            <td>{dateText(work.endedAt, i18n.language)}</td>
            <td>
              {durationText(work.seconds, i18n.language)}
              {work.stretches.length > 0 && <Stretches stretches={work.stretches} />}
            </td>
            <td>{money(work.time)}</td>
            <td>{money(work.piece)}</td>
            <td>{money(amount)}</td>
          </tr>
        ) : (
          <tr key={`${correction?.recordedAt} ${amount}`}>
            <td>
              {t('pay.correction')}
              <br />
              <small>{correction?.reason}</small>
            </td>
            <td>{correction && dateText(correction.recordedAt, i18n.language)}</td>
            <td>–</td>
            <td>–</td>
            <td>–</td>
            <td>{money(amount)}</td>
          </tr>
        ),
      )}
    </FramedTable>
  );
}

/** When was worked, without a pause of more than five minutes each: what the time was reckoned from. */
function Stretches({ stretches }: { readonly stretches: NonNullable<PayLine['work']>['stretches'] }) {
  const { t, i18n } = useTranslation('frame');
  const times = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'short', timeStyle: 'short' });
  return (
    <details>
      <summary>{t('pay.stretches', { count: stretches.length })}</summary>
      <ul className="plain-list">
        {stretches.map(({ startedAt, endedAt }) => (
          <li key={startedAt}>
            <small>{times.formatRange(new Date(startedAt), new Date(endedAt))}</small>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** What was issued: to be looked into line by line, and to be saved. */
export function PayStatements({
  pay: { currency, statements },
  read,
  readFile,
}: {
  readonly pay: Pay;
  readonly read: (month: string) => Promise<PayStatement>;
  /** The statement of a month as a file. */
  readonly readFile: (month: string) => Promise<Blob>;
}) {
  const { t, i18n } = useTranslation('frame');
  const saving = useMutation({ mutationFn: readFile, onSuccess: save });
  return (
    <section className="section" aria-labelledby="statements">
      <h2 id="statements">{t('pay.statements')}</h2>
      {statements.length === 0 && <p className="empty">{t('pay.noStatements')}</p>}
      <ul className="plain-list">
        {statements.map(({ month, total, issuedAt }) => (
          <li className="card" key={month}>
            <div className="row spread">
              <h3>{monthText(month, i18n.language)}</h3>
              <strong>{amountText(total, currency, i18n.language)}</strong>
            </div>
            <p className="soft">{t('pay.issued', { when: dateText(issuedAt, i18n.language) })}</p>
            <Statement month={month} read={read} />
            <div>
              <Button className="button" isPending={saving.isPending && saving.variables === month} onPress={() => saving.mutate(month)}>
                {t('pay.save', { month: monthText(month, i18n.language) })}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      {saving.error && <TroubleNote error={saving.error} />}
    </section>
  );
}

/** Its lines are asked for when somebody opens it. It never changes, so they are asked for once. */
function Statement({ month, read }: { readonly month: string; readonly read: (month: string) => Promise<PayStatement> }) {
  const { t, i18n } = useTranslation('frame');
  const [isOpen, setIsOpen] = useState(false);
  const path = useLocation().pathname;
  const statement = useQuery({ queryKey: ['pay-statement', path, month], queryFn: () => read(month), enabled: isOpen, staleTime: Infinity });
  const label = t('pay.lines', { month: monthText(month, i18n.language) });
  return (
    <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>{label}</summary>
      {isOpen && (
        <Loaded query={statement}>
          {({ lines, currency }) => (lines.length === 0 ? <p>{t('pay.noLines')}</p> : <Lines label={label} lines={lines} currency={currency} />)}
        </Loaded>
      )}
    </details>
  );
}
