import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Checkbox, CheckboxGroup, Input, Label, Radio, RadioGroup, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { listExamVersions, openRegrade, type RegradeChange } from '../generated/client.ts';
import { useNewestVersion } from './ExamVersionPage.tsx';
import { gradedItemsOf, type GradedItem } from './exam-items.ts';
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
  const items = form ? gradedItemsOf(form) : [];
  const [key, setKey] = useState('');
  const item = items.find((one) => keyOf(one) === key);
  const [draft, setDraft] = useState<Draft>(NOTHING_YET);
  const change = changeOf(draft);
  const choose = (next: string) => {
    setKey(next);
    setDraft({ ...NOTHING_YET, correct: items.find((one) => keyOf(one) === next)?.correct ?? [] });
  };
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
          choose('');
        }}
      />
      <Choose
        id="item"
        label={t('regrades.item')}
        value={key}
        options={[{ id: '', name: '–' }, ...items.map((one) => ({ id: keyOf(one), name: nameOf(one) }))]}
        onChange={choose}
      />
      {item && <Change item={item} draft={draft} onChange={setDraft} />}
    </ReasonedAct>
  );
}

/** Items of the aptitude test are known by their ids, criteria by what they say. */
const nameOf = ({ caseStudyId, itemId, name }: GradedItem) => (caseStudyId === null ? `${itemId}: ${name}` : name);
const keyOf = ({ test, caseStudyId, itemId }: GradedItem) => JSON.stringify([test, caseStudyId, itemId]);

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

type ChangeProps = { readonly item: GradedItem; readonly draft: Draft; readonly onChange: (draft: Draft) => void };

function Change({ item: { choices }, draft, onChange }: ChangeProps) {
  const { t } = useTranslation('console');
  const { kind, correct, points } = draft;
  return (
    <>
      <RadioGroup className="field" value={kind ?? null} onChange={(chosen) => onChange({ ...draft, kind: chosen as Kind })} isRequired>
        <Label>{t('regrades.change')}</Label>
        {(choices.length > 0 ? KINDS_OF_CHOICES : KINDS_OF_OTHERS).map((one) => (
          <Radio className="choice" key={one} value={one}>
            {t(`regradeChange.${one}`)}
          </Radio>
        ))}
      </RadioGroup>
      {kind === 'key' && (
        <CheckboxGroup className="field" value={[...correct]} onChange={(next) => onChange({ ...draft, correct: next })}>
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
            onChange={(typed) => onChange({ ...draft, points: { ...points, [id]: typed } })}
          >
            <Label>{t('regrades.pointsFor', { choice: text })}</Label>
            <Input className="input" inputMode="decimal" autoComplete="off" />
          </TextField>
        ))}
    </>
  );
}

/** What was entered so far; `points` as they were typed, by choice. */
type Draft = { readonly kind: Kind | undefined; readonly correct: readonly string[]; readonly points: Readonly<Record<string, string>> };
const NOTHING_YET: Draft = { kind: undefined, correct: [], points: {} };

/** Undefined while something is missing or is no number. */
function changeOf({ kind, correct, points }: Draft): RegradeChange | undefined {
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
