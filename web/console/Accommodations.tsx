import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Input, Label, Radio, RadioGroup, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Loaded } from '../frame/Loaded.tsx';
import { instantText, timeZone } from '../frame/time.ts';
import { endAccommodation, listAccommodations, recordAccommodation, type CandidateAccommodation } from '../generated/client.ts';
import { useMayAct } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';

const KINDS = ['extra_time', 'rest_breaks', 'assistive_technology', 'other'] as const;
const PERCENT = { min: 101, max: 1000 };

type Opened = { readonly what: 'record' } | { readonly what: 'end'; readonly accommodation: CandidateAccommodation };

/** What a person is given for all their attempts, and what they were given before. */
export function Accommodations({ candidateId }: { readonly candidateId: string }) {
  const { t } = useTranslation('console');
  const mayAct = useMayAct();
  const [opened, setOpened] = useState<Opened>();
  const accommodations = useQuery({ queryKey: ['accommodations', candidateId], queryFn: () => listAccommodations({ candidateId }) });
  return (
    <>
      <p className="soft">{t('accommodations.about')}</p>
      <Loaded query={accommodations}>
        {({ accommodations: all }) =>
          all.length === 0 ? (
            <p className="empty">{t('accommodations.none')}</p>
          ) : (
            <ul className="plain-list">
              {all.map((accommodation) => (
                <Recorded
                  key={accommodation.id}
                  accommodation={accommodation}
                  {...(mayAct && { onEnd: () => setOpened({ what: 'end', accommodation }) })}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
      {mayAct && (
        <div>
          <Button className="button" onPress={() => setOpened({ what: 'record' })}>
            {t('accommodations.record')}
          </Button>
        </div>
      )}
      {opened?.what === 'record' && <Record candidateId={candidateId} onClose={() => setOpened(undefined)} />}
      {opened?.what === 'end' && <End candidateId={candidateId} accommodation={opened.accommodation} onClose={() => setOpened(undefined)} />}
    </>
  );
}

function Recorded({ accommodation, onEnd }: { readonly accommodation: CandidateAccommodation; readonly onEnd?: () => void }) {
  const { t, i18n } = useTranslation('console');
  const { examId, kind, percent, validFrom, validUntil, evidence, reason, recordedBy, recordedAt, endedAt } = accommodation;
  const when = (instant: string) => instantText(instant, i18n.language);
  return (
    <li className="card">
      <div className="row spread">
        <h3>{t('accommodations.what', { kind: t(`accommodations.kind.${kind}`), percent })}</h3>
        <span className={`badge ${endedAt === null ? 'accent' : ''}`}>
          {endedAt === null ? t('accommodations.recorded') : t('accommodations.ended', { when: when(endedAt) })}
        </span>
      </div>
      <p>
        {examId === null ? t('accommodations.everyExam') : t('accommodations.ofExam', { examId })}{' '}
        {validUntil === null
          ? t('accommodations.from', { from: when(validFrom) })
          : t('accommodations.fromUntil', { from: when(validFrom), until: when(validUntil) })}
      </p>
      {evidence !== null && <p>{t('accommodations.evidenceAt', { evidence })}</p>}
      <p className="soft">{t('accommodations.by', { who: recordedBy, when: when(recordedAt), reason })}</p>
      {onEnd && endedAt === null && (
        <div>
          <Button className="button" onPress={onEnd}>
            {t('accommodations.end')}
          </Button>
        </div>
      )}
    </li>
  );
}

function Record({ candidateId, onClose }: { readonly candidateId: string; readonly onClose: () => void }) {
  const { t } = useTranslation('console');
  const [kind, setKind] = useState<(typeof KINDS)[number]>('extra_time');
  const [typed, setTyped] = useState({ percent: '150', examId: '', from: '', until: '', evidence: '' });
  const set = (changed: Partial<typeof typed>) => setTyped((before) => ({ ...before, ...changed }));
  const percent = Number(typed.percent);
  const [validFrom, validUntil] = [instantOf(typed.from), instantOf(typed.until)];
  const isPossible = Number.isInteger(percent) && percent >= PERCENT.min && percent <= PERCENT.max;
  const field = (name: keyof typeof typed, type: 'text' | 'datetime-local' = 'text') => (
    <TextField className="field" value={typed[name]} onChange={(value) => set({ [name]: value })} isRequired={name === 'percent'}>
      <Label>{t(`accommodations.field.${name}`, { zone: timeZone() })}</Label>
      <Input className="input" type={type} autoComplete="off" {...(name === 'percent' && { inputMode: 'numeric' as const })} />
    </TextField>
  );
  return (
    <ReasonedAct
      title={t('accommodations.record')}
      isReady={isPossible}
      perform={({ reason, idempotencyKey }) =>
        recordAccommodation({
          candidateId,
          idempotencyKey,
          newAccommodation: {
            kind,
            percent,
            reason,
            ...(typed.examId.trim() !== '' && { examId: typed.examId.trim() }),
            ...(validFrom !== undefined && { validFrom }),
            ...(validUntil !== undefined && { validUntil }),
            ...(typed.evidence.trim() !== '' && { evidence: typed.evidence.trim() }),
          },
        })
      }
      changes={[['accommodations', candidateId], ['story']]}
      onClose={onClose}
    >
      <p>{t('accommodations.effect')}</p>
      <RadioGroup className="field" value={kind} onChange={(chosen) => setKind(chosen as typeof kind)}>
        <Label>{t('accommodations.kindOf')}</Label>
        {KINDS.map((one) => (
          <Radio className="choice" key={one} value={one}>
            {t(`accommodations.kind.${one}`)}
          </Radio>
        ))}
      </RadioGroup>
      {field('percent')}
      {field('examId')}
      {field('from', 'datetime-local')}
      {field('until', 'datetime-local')}
      {field('evidence')}
      {validFrom !== undefined && Date.parse(validFrom) < Date.now() && <p className="note">{t('acts.takesTwo')}</p>}
    </ReasonedAct>
  );
}

type EndProps = { readonly candidateId: string; readonly accommodation: CandidateAccommodation; readonly onClose: () => void };

function End({ candidateId, accommodation: { id: accommodationId }, onClose }: EndProps) {
  const { t } = useTranslation('console');
  return (
    <ReasonedAct
      title={t('accommodations.end')}
      perform={({ reason, idempotencyKey }) => endAccommodation({ candidateId, accommodationId, idempotencyKey, accommodationEnding: { reason } })}
      changes={[['accommodations', candidateId], ['story']]}
      onClose={onClose}
    >
      <p>{t('accommodations.endEffect')}</p>
    </ReasonedAct>
  );
}

/** A field for an instant gives nothing until the whole of it is typed. */
const instantOf = (local: string) => (local === '' ? undefined : new Date(local).toISOString());
