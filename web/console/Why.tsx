import { useMutation } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { Button, Input, Label, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Confirm } from '../frame/Confirm.tsx';
import { save } from '../frame/download.ts';
import { ExplainedDecision } from '../frame/Explained.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { readExplanation, readExplanationDocument, type AnswerKey, type Explanation } from '../generated/client.ts';

/** Why each test was decided as it was. It holds answers and keys, so it is read on asking alone: who did, and why, is written down. */
export function Why({ attemptId }: { readonly attemptId: string }) {
  const { t } = useTranslation('console');
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState('');
  const asking = useMutation({
    mutationFn: () => readExplanation({ attemptId, reading: { reason } }),
    onSuccess: () => setAsking(false),
  });
  return (
    <>
      {!asking.data && (
        <div>
          <Button className="button" onPress={() => setAsking(true)}>
            {t('why.open')}
          </Button>
        </div>
      )}
      <Confirm
        isOpen={isAsking}
        title={t('why.ask')}
        action={t('reading.read')}
        isPending={asking.isPending}
        onConfirm={() => reason.trim() !== '' && asking.mutate()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('why.about')}</p>
        <TextField className="field" value={reason} onChange={setReason} isRequired>
          <Label>{t('acts.reason')}</Label>
          <Input className="input" />
        </TextField>
        {asking.error && <TroubleNote error={asking.error} />}
      </Confirm>
      {asking.data?.decisions.map((explanation) => (
        <Explained key={explanation.decisionId} attemptId={attemptId} explanation={explanation} reason={reason} />
      ))}
    </>
  );
}

function Explained({ attemptId, explanation, reason }: { readonly attemptId: string; readonly explanation: Explanation; readonly reason: string }) {
  const { t, i18n } = useTranslation('console');
  const saving = useMutation({
    mutationFn: async () => save(await readExplanationDocument({ attemptId, test, reading: { reason } })),
  });
  const { test, round, correction, regrades, differences } = explanation;
  return (
    <article className="card">
      <h3>{t('decision.title', { test: t(`test.${test}`), round })}</h3>
      {regrades.map(({ id, itemId, change, openedBy, appliedBy, reason, at }) => (
        <p key={id}>
          {t('why.regraded', { itemId, change: t(`regradeChange.${change}`), openedBy, appliedBy, reason, when: instantText(at, i18n.language) })}
        </p>
      ))}
      {correction && <p>{t('why.corrected', { by: correction.by, when: instantText(correction.at, i18n.language), reason: correction.reason })}</p>}
      {differences.map(({ of, recorded, recomputed }) => (
        <p key={of} className="note warning">
          {t('why.differs', { of, recorded, recomputed })}
        </p>
      ))}
      <ExplainedDecision
        explanation={explanation}
        secondLook={secondLookWords(t, explanation)}
        about={({ key, pointsBefore }) => (
          <>
            {key && <p className="soft">{keyWords(t, key)}</p>}
            {pointsBefore !== null && <p>{t('why.before', { points: pointsBefore })}</p>}
          </>
        )}
      />
      {saving.error && <TroubleNote error={saving.error} onRetry={() => saving.mutate()} />}
      <div>
        <Button className="button" onPress={() => saving.mutate()} isPending={saving.isPending}>
          {t('why.save')}
        </Button>
      </div>
    </article>
  );
}

function keyWords(t: TFunction<'console'>, { correct, pointsByChoice, text }: AnswerKey): string {
  if (text !== null) return t('why.modelAnswer', { text });
  if (pointsByChoice === null) return t('why.key', { choices: (correct ?? []).join(', ') });
  const choices = Object.entries(pointsByChoice).map(([id, points]) => `${id} ${points}`);
  return t('why.mapping', { choices: choices.join(', ') });
}

function secondLookWords(t: TFunction<'console'>, { rules: { marking }, secondLook }: Explanation): string {
  const { kind, model, probability, limit, reasons, taken } = secondLook;
  switch (kind) {
    case 'nothing_to_mark':
      return t('why.nothingToMark');
    case 'policy':
      return t(marking === 'single' ? 'why.single' : 'why.double');
    case 'no_model':
      return t('why.noModel');
    case 'assessed': {
      const why = reasons.map((reason) => t(`why.reason.${reason}`)).join(', ');
      return t(taken ? 'why.assessedTwice' : 'why.assessedOnce', { model: model ?? '–', probability: probability ?? '–', limit: limit ?? '–', why });
    }
  }
}
