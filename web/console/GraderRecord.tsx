import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Checkbox, CheckboxGroup, Input, Label, Radio, RadioGroup, Text, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { instantText } from '../frame/time.ts';
import { endConflict, listExams, recordConflict, updateGrader, type GraderRecord, type NewConflict } from '../generated/client.ts';
import { keyOf, languagesIn, qualificationOf, type Qualification } from './grader-record.ts';
import { useMayActOn } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';

type Act = 'state' | 'qualifications' | 'languages' | 'conflict';
const ACTS = ['state', 'qualifications', 'languages', 'conflict'] as const satisfies Act[];
type Conflict = GraderRecord['conflicts'][number];

/** What binds a grader, and what staff may change of it. */
export function GraderRecordCard({ record }: { readonly record: GraderRecord }) {
  const { t, i18n } = useTranslation('console');
  const mayAct = useMayActOn(record.subject);
  const [act, setAct] = useState<Act>();
  const [ending, setEnding] = useState<Conflict>();
  const [isDone, setIsDone] = useState(false);
  const close = (done: boolean) => {
    setAct(undefined);
    setEnding(undefined);
    setIsDone(done);
  };
  return (
    <section className="card" aria-labelledby="record">
      <div className="row spread">
        <h2 id="record">{t('record.title')}</h2>
        <div className="row">
          <span className={`badge ${record.state === 'active' ? 'good' : 'warning'}`}>{t(`graders.states.${record.state}`)}</span>
          {record.designated && <span className="badge accent">{t('graders.designated')}</span>}
        </div>
      </div>
      {isDone && (
        <p className="note good" role="status">
          {t('record.done')}
        </p>
      )}
      <Facts record={record} />
      <h3 id="conflicts">{t('record.conflicts')}</h3>
      {record.conflicts.length === 0 ? (
        <p className="soft">{t('record.noConflicts')}</p>
      ) : (
        <ul className="plain-list" aria-labelledby="conflicts">
          {record.conflicts.map((conflict) => (
            <li className="row spread" key={conflict.id}>
              <span>
                {t(`record.conflict.${conflict.kind}`, { value: conflict.value })}{' '}
                <small className="soft">
                  {t(`record.source.${conflict.source}`, { who: conflict.declaredBy, when: instantText(conflict.declaredAt, i18n.language) })}
                </small>
              </span>
              {mayAct && (
                <Button className="button" onPress={() => setEnding(conflict)}>
                  {t('record.end')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {mayAct && (
        <div className="row">
          {ACTS.map((one) => (
            <Button className="button" key={one} onPress={() => setAct(one)}>
              {t(`record.act.${one}`)}
            </Button>
          ))}
        </div>
      )}
      {act === 'state' && <ChangeState record={record} onClose={close} />}
      {act === 'qualifications' && <ChangeQualifications record={record} onClose={close} />}
      {act === 'languages' && <ChangeLanguages record={record} onClose={close} />}
      {act === 'conflict' && <RecordConflict record={record} onClose={close} />}
      {ending && <EndConflict record={record} conflict={ending} onClose={close} />}
    </section>
  );
}

function Facts({ record: { qualifications, languages, hoursAWeek, firstSeenAt, lastSeenAt } }: { readonly record: GraderRecord }) {
  const { t, i18n } = useTranslation('console');
  const titles = useExamTitles();
  const list = new Intl.ListFormat(i18n.language);
  const names = new Intl.DisplayNames(i18n.language, { type: 'language', fallback: 'code' });
  const seen = (instant: string) => (new Date(instant).getTime() === 0 ? t('graders.never') : instantText(instant, i18n.language));
  const marks = qualifications?.map(({ examId, test }) => `${titles.get(examId) ?? examId} (${t(`test.${test}`)})`);
  const facts = [
    [t('record.qualifications'), marks === undefined ? t('record.everything') : marks.length === 0 ? t('record.nothing') : list.format(marks)],
    [
      t('record.languages'),
      languages === null
        ? t('record.everyLanguage')
        : languages.length === 0
          ? t('record.noLanguage')
          : list.format(languages.map((code) => names.of(code) ?? code)),
    ],
    [t('record.hours'), hoursAWeek === null ? t('record.hoursUnsaid') : t('record.hoursAWeek', { count: hoursAWeek })],
    [t('record.firstSeen'), seen(firstSeenAt)],
    [t('graders.lastSeen'), seen(lastSeenAt)],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function useExamTitles(): ReadonlyMap<string, string> {
  const exams = useQuery({ queryKey: ['exams'], queryFn: () => listExams(), staleTime: Infinity });
  return new Map(exams.data?.exams.map(({ examId, title }) => [examId, title]));
}

type DialogProps = { readonly record: GraderRecord; readonly onClose: (isDone: boolean) => void };
const CHANGES = [['grader'], ['graders']];

function ChangeState({ record: { subject, state: before }, onClose }: DialogProps) {
  const { t } = useTranslation('console');
  const [state, setState] = useState(before);
  return (
    <ReasonedAct
      title={t('record.act.state')}
      isReady={state !== before}
      perform={({ reason, idempotencyKey }) => updateGrader({ subject, idempotencyKey, graderChange: { state, reason } })}
      changes={CHANGES}
      onClose={onClose}
    >
      <RadioGroup className="field" value={state} onChange={(chosen) => setState(chosen as GraderRecord['state'])}>
        <Label>{t('graders.state')}</Label>
        {(['in_training', 'active', 'paused', 'suspended'] as const).map((one) => (
          <Radio className="choice" key={one} value={one}>
            {t(`graders.states.${one}`)}
          </Radio>
        ))}
      </RadioGroup>
      <p className="soft">{t(`record.effect.${state}`)}</p>
    </ReasonedAct>
  );
}

function ChangeQualifications({ record: { subject, qualifications: before }, onClose }: DialogProps) {
  const { t } = useTranslation('console');
  const titles = useExamTitles();
  const [chosen, setChosen] = useState<readonly Qualification[] | null>(before);
  // What they have of exams that nobody can register for any more stays in sight.
  const examIds = [...new Set([...titles.keys(), ...(before ?? []).map(({ examId }) => examId)])];
  const offered = examIds.flatMap((examId) => (['aptitude', 'case_study'] as const).map((test) => ({ examId, test })));
  return (
    <ReasonedAct
      title={t('record.act.qualifications')}
      perform={({ reason, idempotencyKey }) =>
        updateGrader({ subject, idempotencyKey, graderChange: { qualifications: chosen === null ? null : [...chosen], reason } })
      }
      changes={CHANGES}
      onClose={onClose}
    >
      <Checkbox className="choice square" isSelected={chosen === null} onChange={(all) => setChosen(all ? null : (before ?? []))}>
        {t('record.everything')}
      </Checkbox>
      {chosen !== null && (
        <CheckboxGroup className="field" value={chosen.map(keyOf)} onChange={(keys) => setChosen(keys.map(qualificationOf))}>
          <Label>{t('record.qualifications')}</Label>
          {offered.map((one) => (
            <Checkbox className="choice square" key={keyOf(one)} value={keyOf(one)}>
              {titles.get(one.examId) ?? one.examId}, {t(`test.${one.test}`)}
            </Checkbox>
          ))}
        </CheckboxGroup>
      )}
      <p className="soft">{t('record.effect.qualifications')}</p>
    </ReasonedAct>
  );
}

function ChangeLanguages({ record: { subject, languages: before }, onClose }: DialogProps) {
  const { t, i18n } = useTranslation('console');
  const [isEvery, setIsEvery] = useState(before === null);
  const [typed, setTyped] = useState((before ?? []).join(', '));
  const languages = languagesIn(typed);
  const names = new Intl.DisplayNames(i18n.language, { type: 'language', fallback: 'code' });
  return (
    <ReasonedAct
      title={t('record.act.languages')}
      isReady={isEvery || (languages !== undefined && languages.length > 0)}
      perform={({ reason, idempotencyKey }) =>
        updateGrader({ subject, idempotencyKey, graderChange: { languages: isEvery ? null : [...(languages ?? [])], reason } })
      }
      changes={CHANGES}
      onClose={onClose}
    >
      <Checkbox className="choice square" isSelected={isEvery} onChange={setIsEvery}>
        {t('record.everyLanguage')}
      </Checkbox>
      {!isEvery && (
        <TextField className="field" value={typed} onChange={setTyped} isInvalid={languages === undefined}>
          <Label>{t('record.languages')}</Label>
          <Input className="input" autoComplete="off" spellCheck="false" />
          <Text slot="description">
            {languages === undefined
              ? t('record.languagesWrong')
              : languages.length === 0
                ? t('record.languagesHint')
                : new Intl.ListFormat(i18n.language).format(languages.map((code) => names.of(code) ?? code))}
          </Text>
        </TextField>
      )}
      <p className="soft">{t('record.effect.qualifications')}</p>
    </ReasonedAct>
  );
}

const KINDS = ['candidate', 'email', 'employer'] as const satisfies NewConflict['kind'][];

function RecordConflict({ record: { subject }, onClose }: DialogProps) {
  const { t } = useTranslation('console');
  const [kind, setKind] = useState<NewConflict['kind']>('candidate');
  const [value, setValue] = useState('');
  return (
    <ReasonedAct
      title={t('record.act.conflict')}
      isReady={value.trim() !== ''}
      perform={({ reason, idempotencyKey }) =>
        recordConflict({ subject, idempotencyKey, staffConflict: { conflict: { kind, value: value.trim() }, reason } })
      }
      changes={CHANGES}
      onClose={onClose}
    >
      <RadioGroup className="field" value={kind} onChange={(chosen) => setKind(chosen as NewConflict['kind'])}>
        <Label>{t('record.conflictWith')}</Label>
        {KINDS.map((one) => (
          <Radio className="choice" key={one} value={one}>
            {t(`record.kind.${one}`)}
          </Radio>
        ))}
      </RadioGroup>
      <TextField className="field" value={value} onChange={setValue} isRequired>
        <Label>{t(`record.kind.${kind}`)}</Label>
        <Input className="input" autoComplete="off" />
      </TextField>
      <p className="soft">{t('record.effect.conflict')}</p>
    </ReasonedAct>
  );
}

function EndConflict({ record: { subject }, conflict: { id: conflictId, kind, value }, onClose }: DialogProps & { readonly conflict: Conflict }) {
  const { t } = useTranslation('console');
  return (
    <ReasonedAct
      title={t('record.endConflict')}
      perform={({ reason, idempotencyKey }) => endConflict({ subject, conflictId, idempotencyKey, conflictEnding: { reason } })}
      changes={CHANGES}
      onClose={onClose}
    >
      <p>{t(`record.conflict.${kind}`, { value })}</p>
      <p className="soft">{t('record.effect.end')}</p>
    </ReasonedAct>
  );
}
