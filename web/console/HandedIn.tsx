import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../frame/Confirm.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { readSubmission, type AttemptStory, type StorySubmission } from '../generated/client.ts';

/** What was handed in, and when. What was answered is read on asking alone: who read it, and why, is written down. */
export function HandedIn({ story: { attempt, submissions } }: { readonly story: AttemptStory }) {
  return (
    <ul className="plain-list">
      {submissions.map((submission) => (
        <Submission key={submission.submissionId} attemptId={attempt.id} submission={submission} />
      ))}
    </ul>
  );
}

function Submission({ attemptId, submission }: { readonly attemptId: string; readonly submission: StorySubmission }) {
  const { t, i18n } = useTranslation('console');
  const { submissionId, test, round, cause, submittedAt, file, contentHash } = submission;
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const reading = useMutation({
    mutationFn: () => readSubmission({ attemptId, submissionId, reading: { reason } }),
    onSuccess: () => setAsking(false),
  });
  return (
    <li className="card">
      <div className="row spread">
        <h3>{t('reading.title', { test: t(`test.${test}`), round })}</h3>
        <span className="badge">{t(`reading.cause.${cause}`)}</span>
      </div>
      <p className="soft">
        {instantText(submittedAt, i18n.language)}
        {file && ` · ${file.name}`}
      </p>
      <p className="soft">
        <code>{contentHash}</code>
      </p>
      {file === null && reading.data === undefined && (
        <div>
          <Button className="button" onPress={() => setAsking(true)}>
            {t('reading.open')}
          </Button>
        </div>
      )}
      <Confirm
        isOpen={isAsking}
        title={t('reading.ask')}
        action={t('reading.read')}
        isPending={reading.isPending}
        onConfirm={() => reason.trim() !== '' && reading.mutate()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('reading.about')}</p>
        <TextField className="field" value={reason} onChange={setReason} isRequired>
          <Label>{t('acts.reason')}</Label>
          <Input className="input" />
        </TextField>
        {reading.error && <TroubleNote error={reading.error} />}
      </Confirm>
      {reading.data && (
        <ol className="plain-list">
          {reading.data.answers.map(({ itemId, prompt, text }) => (
            <li key={itemId}>
              <p className="soft">{prompt}</p>
              {text.trim() === '' ? <p className="empty">{t('reading.nothing')}</p> : <p className="written">{text}</p>}
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}
