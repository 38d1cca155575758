import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Button, Checkbox, Input, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../frame/Confirm.tsx';
import { deadlineText, instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { fileAppeal, withdrawAppeal, type NewAppeal, type OwnAppeal, type OwnAppeals } from '../generated/client.ts';
import { appealsQuery, resultsQuery } from './queries.ts';

type Appealable = NonNullable<OwnAppeals['appealable']>;
type Reason = NewAppeal['items'][number]['reason'];

const REASONS: readonly Reason[] = ['overlooked', 'misread', 'against_criteria', 'remark_unclear', 'other'];

/** What became of an appeal, and the way to one while its window is open. */
export function Appeals({ attemptId }: { readonly attemptId: string }) {
  const { t } = useTranslation('exam');
  const { data } = useQuery(appealsQuery(attemptId));
  if (!data || (data.appeals.length === 0 && data.appealable === null)) return null;
  return (
    <section className="section" aria-labelledby="appeals">
      <h2 id="appeals">{t('appeal.title')}</h2>
      {data.appeals.map((appeal) => (
        <Filed key={appeal.id} attemptId={attemptId} appeal={appeal} />
      ))}
      {data.appealable && <Filing attemptId={attemptId} appealable={data.appealable} />}
    </section>
  );
}

function Filed({ attemptId, appeal: { test, state, filedAt, promisedBy, refund } }: { readonly attemptId: string; readonly appeal: OwnAppeal }) {
  const { t, i18n } = useTranslation('exam');
  return (
    <article className="card">
      <div className="row spread">
        <h3>{t(`test.${test}`)}</h3>
        <span className="badge">{t(`appeal.state.${state}`)}</span>
      </div>
      <p>{t(`appeal.about.${state}`)}</p>
      {promisedBy !== null && <p>{t('appeal.promised', { when: deadlineText(promisedBy, i18n.language) })}</p>}
      {refund !== null && <p>{t(`appeal.refund.${refund}`)}</p>}
      <small>{t('appeal.filed', { when: instantText(filedAt, i18n.language) })}</small>
      {state === 'open' && <Withdrawing attemptId={attemptId} />}
    </article>
  );
}

function Withdrawing({ attemptId }: { readonly attemptId: string }) {
  const { t } = useTranslation('exam');
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const withdrawing = useMutation({
    mutationFn: () => withdrawAppeal({ attemptId }),
    onSuccess: () => queries.invalidateQueries(),
    onSettled: () => setAsking(false),
  });
  return (
    <div>
      <Button className="button quiet" onPress={() => setAsking(true)}>
        {t('appeal.withdraw')}
      </Button>
      {withdrawing.error && <TroubleNote error={withdrawing.error} />}
      <Confirm
        isOpen={isAsking}
        title={t('appeal.withdrawTitle')}
        action={t('appeal.withdraw')}
        isPending={withdrawing.isPending}
        onConfirm={() => withdrawing.mutate()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('appeal.withdrawAbout')}</p>
      </Confirm>
    </div>
  );
}

type Doubt = { readonly reason: Reason; readonly text: string };
type Doubts = Readonly<Record<string, Doubt>>;

function Filing({ attemptId, appealable }: { readonly attemptId: string; readonly appealable: Appealable }) {
  const { t, i18n } = useTranslation('exam');
  const queries = useQueryClient();
  const titles = useTitles(attemptId);
  const [doubts, setDoubts] = useState<Doubts>({});
  const [fee, setFee] = useState('');
  const [isAsking, setAsking] = useState(false);
  // Pressed twice, or repeated after a lost answer, it is filed once.
  const idempotencyKey = useRef(crypto.randomUUID());
  const items = Object.entries(doubts).map(([itemId, doubt]) => ({ itemId, ...doubt }));
  const isReady = items.length > 0 && items.every(({ text }) => text.trim() !== '') && (!appealable.feeIsAsked || fee.trim() !== '');
  const filing = useMutation({
    mutationFn: () =>
      fileAppeal({
        attemptId,
        idempotencyKey: idempotencyKey.current,
        newAppeal: { items, ...(appealable.feeIsAsked && { feeReference: fee }) },
      }),
    onSuccess: () => queries.invalidateQueries(),
    onError: () => {
      idempotencyKey.current = crypto.randomUUID();
    },
    onSettled: () => setAsking(false),
  });
  return (
    <details className="card">
      <summary>{t('appeal.begin', { test: t(`test.${appealable.test}`) })}</summary>
      <div className="section">
        <p>{t('appeal.how')}</p>
        <p>{t('appeal.until', { when: deadlineText(appealable.until, i18n.language) })}</p>
        <ul className="plain-list">
          {appealable.items.map(({ itemId, points, pointsMax }) => (
            <li key={itemId}>
              <Part
                title={t('appeal.part', { title: titles.get(itemId) ?? itemId, points, max: pointsMax })}
                doubt={doubts[itemId]}
                onChange={(doubt) => setDoubts(({ [itemId]: _before, ...rest }) => (doubt ? { ...rest, [itemId]: doubt } : rest))}
              />
            </li>
          ))}
        </ul>
        {appealable.feeIsAsked && (
          <TextField className="field" value={fee} onChange={setFee} isRequired>
            <Label>{t('appeal.fee')}</Label>
            <Input className="input" autoComplete="off" />
          </TextField>
        )}
        {filing.error && <TroubleNote error={filing.error} />}
        <div>
          <Button className="button primary" isDisabled={!isReady} onPress={() => setAsking(true)}>
            {t('appeal.file')}
          </Button>
        </div>
      </div>
      <Confirm
        isOpen={isAsking}
        title={t('appeal.fileTitle')}
        action={t('appeal.file')}
        isPending={filing.isPending}
        onConfirm={() => filing.mutate()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('appeal.fileAbout')}</p>
      </Confirm>
    </details>
  );
}

/** As the feedback calls them. */
function useTitles(attemptId: string): ReadonlyMap<string, string> {
  const { data } = useQuery(resultsQuery(attemptId));
  return new Map(data?.decisions.flatMap(({ feedback }) => feedback.map(({ itemId, title }) => [itemId, title] as const)));
}

type PartProps = { readonly title: string; readonly doubt: Doubt | undefined; readonly onChange: (doubt: Doubt | undefined) => void };

function Part({ title, doubt, onChange }: PartProps) {
  const { t } = useTranslation('exam');
  return (
    <div className="section">
      <Checkbox
        className="choice square"
        isSelected={doubt !== undefined}
        onChange={(isSelected) => onChange(isSelected ? { reason: 'overlooked', text: '' } : undefined)}
      >
        {title}
      </Checkbox>
      {doubt && (
        <>
          <Select className="field" selectedKey={doubt.reason} onSelectionChange={(reason) => onChange({ ...doubt, reason: reason as Reason })}>
            <Label>{t('appeal.reasonLabel')}</Label>
            <Button className="button">
              <SelectValue />
            </Button>
            <Popover className="popover">
              <ListBox className="menu">
                {REASONS.map((reason) => (
                  <ListBoxItem key={reason} id={reason}>
                    {t(`appeal.reason.${reason}`)}
                  </ListBoxItem>
                ))}
              </ListBox>
            </Popover>
          </Select>
          <TextField className="field" value={doubt.text} onChange={(text) => onChange({ ...doubt, text })} isRequired>
            <Label>{t('appeal.text')}</Label>
            <TextArea className="input" rows={4} />
          </TextField>
        </>
      )}
    </div>
  );
}
