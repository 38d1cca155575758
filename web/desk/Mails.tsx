import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Button, Checkbox, CheckboxGroup, Label } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { timeZone } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { getGraderMails, updateGraderMails, type GraderMails } from '../generated/client.ts';

const KINDS = ['new_work', 'reminder', 'lease_ending', 'drift', 'rating_round'] as const satisfies GraderMails['kinds'];
/** As long as nothing else is said. */
const NIGHT = { from: '21:00', until: '07:00' };

/** What a grader is written to about, and when not. */
export function MailsPage() {
  const { t } = useTranslation('desk');
  const mails = useQuery({ queryKey: ['grader-mails'], queryFn: () => getGraderMails() });
  return (
    <Page title={t('mails.title')}>
      <Loaded query={mails}>{(data) => <Settings mails={data} />}</Loaded>
    </Page>
  );
}

function Settings({ mails }: { readonly mails: GraderMails }) {
  const { t } = useTranslation('desk');
  const queries = useQueryClient();
  const [kinds, setKinds] = useState<GraderMails['kinds']>(mails.kinds);
  const [hours, setHours] = useState(mails.quietHours);
  const saving = useMutation({
    mutationFn: () => updateGraderMails({ graderMailsChange: { kinds, quietHours: hours } }),
    onSuccess: (saved) => queries.setQueryData(['grader-mails'], saved),
  });
  return (
    <section className="card">
      {!mails.hasAddress && <p className="note warning">{t('mails.noAddress')}</p>}
      <CheckboxGroup className="field" value={kinds} onChange={(chosen) => setKinds(KINDS.filter((kind) => chosen.includes(kind)))}>
        <Label>{t('mails.about')}</Label>
        {KINDS.map((kind) => (
          <Checkbox className="choice square" key={kind} value={kind}>
            {t(`mails.kind.${kind}`)}
          </Checkbox>
        ))}
      </CheckboxGroup>
      <Checkbox
        className="choice square"
        isSelected={hours !== null}
        onChange={(isQuiet) => setHours(isQuiet ? { ...NIGHT, timeZone: timeZone() } : null)}
      >
        {t('mails.quiet')}
      </Checkbox>
      {hours && (
        <div className="row">
          <Time label={t('mails.from')} value={hours.from} onChange={(from) => setHours({ ...hours, from })} />
          <Time label={t('mails.until')} value={hours.until} onChange={(until) => setHours({ ...hours, until })} />
          <span className="soft">{hours.timeZone}</span>
        </div>
      )}
      <p className="soft">{t('mails.rule')}</p>
      <div>
        <Button className="button primary" isPending={saving.isPending} onPress={() => saving.mutate()}>
          {t('mails.save')}
        </Button>
      </div>
      {saving.error && <TroubleNote error={saving.error} />}
      {saving.isSuccess && (
        <p className="note good" role="status">
          {t('mails.saved')}
        </p>
      )}
    </section>
  );
}

function Time({ label, value, onChange }: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input" type="time" required value={value} onChange={({ target }) => onChange(target.value)} />
    </div>
  );
}
