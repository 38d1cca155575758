import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Button, Label, ListBox, ListBoxItem, Popover, Select, SelectValue, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { fileComplaint, type NewComplaint, type OwnComplaint } from '../generated/client.ts';
import { complaintsQuery } from './queries.ts';

type Matter = NewComplaint['about'];

const MATTERS: readonly Matter[] = ['behaviour', 'system', 'other'];

/** What went wrong that is no result: said here, and answered here. */
export function Complaints({ attemptId }: { readonly attemptId: string }) {
  const { t } = useTranslation('exam');
  const { data } = useQuery(complaintsQuery(attemptId));
  if (!data) return null;
  return (
    <section className="section" aria-labelledby="complaints">
      <h2 id="complaints">{t('complaint.title')}</h2>
      {data.complaints.map((complaint) => (
        <Filed key={complaint.id} complaint={complaint} />
      ))}
      <Filing attemptId={attemptId} />
    </section>
  );
}

function Filed({ complaint: { about, text, filedAt, answer, answeredAt } }: { readonly complaint: OwnComplaint }) {
  const { t, i18n } = useTranslation('exam');
  return (
    <article className="card">
      <div className="row spread">
        <h3>{t(`complaint.matter.${about}`)}</h3>
        <span className="badge">{t(answer === null ? 'complaint.open' : 'complaint.answered')}</span>
      </div>
      <p className="written">{text}</p>
      <small>{t('complaint.filed', { when: instantText(filedAt, i18n.language) })}</small>
      {answer !== null && (
        <>
          <strong>{t('complaint.answer')}</strong>
          <p className="written">{answer}</p>
        </>
      )}
      {answeredAt !== null && <small>{t('complaint.answeredAt', { when: instantText(answeredAt, i18n.language) })}</small>}
    </article>
  );
}

function Filing({ attemptId }: { readonly attemptId: string }) {
  const { t } = useTranslation('exam');
  const queries = useQueryClient();
  const [about, setAbout] = useState<Matter>('behaviour');
  const [text, setText] = useState('');
  // Pressed twice, or repeated after a lost answer, it is filed once.
  const idempotencyKey = useRef(crypto.randomUUID());
  const isReady = text.trim() !== '';
  const filing = useMutation({
    mutationFn: () => fileComplaint({ attemptId, idempotencyKey: idempotencyKey.current, newComplaint: { about, text } }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      setText('');
    },
    onSettled: () => {
      idempotencyKey.current = crypto.randomUUID();
    },
  });
  return (
    <details className="card">
      <summary>{t('complaint.begin')}</summary>
      <div className="section">
        <p>{t('complaint.how')}</p>
        <Select className="field" selectedKey={about} onSelectionChange={(matter) => setAbout(matter as Matter)}>
          <Label>{t('complaint.matterLabel')}</Label>
          <Button className="button">
            <SelectValue />
          </Button>
          <Popover className="popover">
            <ListBox className="menu">
              {MATTERS.map((matter) => (
                <ListBoxItem key={matter} id={matter}>
                  {t(`complaint.matter.${matter}`)}
                </ListBoxItem>
              ))}
            </ListBox>
          </Popover>
        </Select>
        <TextField className="field" value={text} onChange={setText} isRequired>
          <Label>{t('complaint.text')}</Label>
          <TextArea className="input" rows={5} />
        </TextField>
        {filing.error && <TroubleNote error={filing.error} />}
        <div>
          <Button className="button primary" isDisabled={!isReady} isPending={filing.isPending} onPress={() => filing.mutate()}>
            {t('complaint.file')}
          </Button>
        </div>
      </div>
    </details>
  );
}
