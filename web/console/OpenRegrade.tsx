import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Checkbox, CheckboxGroup, Input, Label, Radio, RadioGroup, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { listExamVersions, openRegrade, type RegradeChange } from '../generated/client.ts';
import { useNewestVersion } from './ExamVersionPage.tsx';
import { gradableItemsOf, type GradableItem } from './gradable-items.ts';
import { ReasonedAct } from './ReasonedAct.tsx';

type Kind = RegradeChange['kind'];
/** What people mark has no key. */
const KINDS_OF_CHOICES: readonly Kind[] = ['key', 'mapping', 'full_points', 'dropped'];
const KINDS_OF_OTHERS: readonly Kind[] = ['full_points', 'dropped'];

/** Changes nothing: what it would do is read on its page, and somebody else applies it. */
export function OpenRegrade({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('console');
  const navigate = useNavigate();
  const versions = useQuery({ queryKey: ['exam-versions'], queryFn: () => listExamVersions() });
  const exams = [...new Map((versions.data?.versions ?? []).map(({ examId, title }) => [examId, title]))];
  const [chosenExam, setChosenExam] = useState<string>();
  const examId = chosenExam ?? exams[0]?.[0] ?? '';
  const form = useNewestVersion(examId)?.form;
  const items = form ? gradableItemsOf(form) : [];
  const [key, setKey] = useState('');
  const item = items.find((one) => keyOf(one) === key);
  const [change, setChange] = useState<RegradeChange>();
  return (
    <ReasonedAct
      title={t('regrades.open')}
      isReady={item !== undefined && change !== undefined}
      perform={async ({ reason, idempotencyKey }) => {
        if (!item || !change) return;
        const { test, caseStudyId, itemId } = item;
        const newRegrade = { examId, test, itemId, change, reason, ...(caseStudyId !== null && { caseStudyId }) };
        const { id } = await openRegrade({ idempotencyKey, newRegrade });
        await navigate(`/regrades/${id}`);
      }}
      changes={[['regrades']]}
      onClose={onClose}
    >
      <p>{t('regrades.openAbout')}</p>
      <Choose
        id="exam"
        label={t('regrades.exam')}
        value={examId}
        options={exams.map(([id, title]) => ({ id, name: `${title} (${id})` }))}
        onChange={(next) => {
          setChosenExam(next);
          setKey('');
          setChange(undefined);
        }}
      />
      <Choose
        id="item"
        label={t('regrades.item')}
        value={key}
        options={[{ id: '', name: '–' }, ...items.map((one) => ({ id: keyOf(one), name: one.name }))]}
        onChange={(next) => {
          setKey(next);
          setChange(undefined);
        }}
      />
      {item && <Change key={key} item={item} onChange={setChange} />}
    </ReasonedAct>
  );
}

const keyOf = ({ test, caseStudyId, itemId }: GradableItem) => JSON.stringify([test, caseStudyId, itemId]);

type ChooseProps = {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly id: string; readonly name: string }[];
  readonly onChange: (id: string) => void;
};

function Choose({ id, label, value, options, onChange }: ChooseProps) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={({ target }) => onChange(target.value)}>
        {options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.name}
          </option>
        ))}
      </select>
    </div>
  );
}

function Change({ item, onChange }: { readonly item: GradableItem; readonly onChange: (change: RegradeChange | undefined) => void }) {
  const { t } = useTranslation('console');
  const { choices } = item;
  const [kind, setKind] = useState<Kind>();
  const [correct, setCorrect] = useState<readonly string[]>(item.correct);
  const [points, setPoints] = useState<Readonly<Record<string, string>>>({});
  const told = (next: { kind: Kind | undefined; correct: readonly string[]; points: Readonly<Record<string, string>> }) => onChange(changeOf(next));
  return (
    <>
      <RadioGroup
        className="field"
        value={kind ?? null}
        onChange={(chosen) => {
          setKind(chosen as Kind);
          told({ kind: chosen as Kind, correct, points });
        }}
        isRequired
      >
        <Label>{t('regrades.change')}</Label>
        {(choices.length > 0 ? KINDS_OF_CHOICES : KINDS_OF_OTHERS).map((one) => (
          <Radio className="choice" key={one} value={one}>
            {t(`regradeChange.${one}`)}
          </Radio>
        ))}
      </RadioGroup>
      {kind === 'key' && (
        <CheckboxGroup
          className="field"
          value={[...correct]}
          onChange={(next) => {
            setCorrect(next);
            told({ kind, correct: next, points });
          }}
        >
          <Label>{t('regrades.correct')}</Label>
          {choices.map(({ id, text }) => (
            <Checkbox className="choice" key={id} value={id}>
              {text}
            </Checkbox>
          ))}
        </CheckboxGroup>
      )}
      {kind === 'mapping' &&
        choices.map(({ id, text }) => (
          <TextField
            className="field"
            key={id}
            value={points[id] ?? ''}
            onChange={(typed) => {
              const next = { ...points, [id]: typed };
              setPoints(next);
              told({ kind, correct, points: next });
            }}
          >
            <Label>{t('regrades.pointsFor', { choice: text })}</Label>
            <Input className="input" inputMode="decimal" autoComplete="off" />
          </TextField>
        ))}
    </>
  );
}

/** Undefined while something is missing or is no number. */
function changeOf({
  kind,
  correct,
  points,
}: {
  kind: Kind | undefined;
  correct: readonly string[];
  points: Readonly<Record<string, string>>;
}): RegradeChange | undefined {
  switch (kind) {
    case undefined:
      return undefined;
    case 'full_points':
    case 'dropped':
      return { kind };
    case 'key':
      return correct.length === 0 ? undefined : { kind, correct: [...correct] };
    case 'mapping': {
      const typed = Object.entries(points).filter(([, text]) => text.trim() !== '');
      const amounts = typed.map(([id, text]) => [id, text.trim().replace(',', '.').replace('−', '-')] as const);
      if (amounts.length === 0 || amounts.some(([, text]) => !/^-?\d{1,6}(\.\d{1,2})?$/.test(text))) return undefined;
      return { kind, pointsByChoice: Object.fromEntries(amounts.map(([id, text]) => [id, Number(text)])) };
    }
  }
}
