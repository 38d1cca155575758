import { useQuery } from '@tanstack/react-query';
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { listExams } from '../generated/client.ts';
import { DUE, PHASES, type Due, type Sought } from './filters.ts';

/** Narrows the search by exam, by where an attempt stands, by when it is due, and to those that called staff. */
export function Filters({ sought, onChange }: { readonly sought: Sought; readonly onChange: (sought: Sought) => void }) {
  const { t } = useTranslation('console');
  const exams = useQuery({ queryKey: ['exams'], queryFn: () => listExams(), staleTime: Infinity });
  return (
    <fieldset className="filters">
      <legend className="soft">{t('filter.title')}</legend>
      <Choice label={t('search.exam')} value={sought.examId} onChange={(examId) => onChange({ ...sought, examId })}>
        {exams.data?.exams.map(({ examId, title }) => (
          <option key={examId} value={examId}>
            {title}
          </option>
        ))}
      </Choice>
      <Choice label={t('search.phase')} value={sought.phase ?? ''} onChange={(phase) => onChange({ ...sought, phase: phase as Sought['phase'] })}>
        {PHASES.map((phase) => (
          <option key={phase} value={phase}>
            {t(`phase.${phase}`)}
          </option>
        ))}
      </Choice>
      <Choice label={t('search.due')} value={sought.due} onChange={(due) => onChange({ ...sought, due: due as Sought['due'] })}>
        {(Object.keys(DUE) as Due[]).map((due) => (
          <option key={due} value={due}>
            {t(`filter.due.${due}`)}
          </option>
        ))}
      </Choice>
      <label className="tick">
        <input type="checkbox" checked={sought.needsAttention} onChange={({ target }) => onChange({ ...sought, needsAttention: target.checked })} />
        {t('filter.needsAttention')}
      </label>
    </fieldset>
  );
}

type ChoiceProps = { readonly label: string; readonly value: string; readonly onChange: (value: string) => void; readonly children: ReactNode };

function Choice({ label, value, onChange, children }: ChoiceProps) {
  const { t } = useTranslation('console');
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={({ target }) => onChange(target.value)}>
        <option value="">{t('filter.any')}</option>
        {children}
      </select>
    </div>
  );
}
