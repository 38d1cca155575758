import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { listExamVersions, openPanel, type ExamVersionSummary } from '../generated/client.ts';
import { useExamVersion } from './ExamVersionPage.tsx';
import { ReasonedAct } from './ReasonedAct.tsx';

/** What is rated, and by whom; its first round opens with it. */
export function OpenPanel({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('console');
  const versions = useQuery({ queryKey: ['exam-versions'], queryFn: () => listExamVersions() });
  const [chosen, setChosen] = useState('');
  const [caseStudyId, setCaseStudyId] = useState('');
  const [names, setNames] = useState('');
  const all = versions.data?.versions ?? [];
  const version = all.find((one) => nameOf(one) === chosen) ?? all[0];
  const panelists = [...new Set(names.split(/[\s,;]+/).filter((name) => name !== ''))];
  return (
    <ReasonedAct
      title={t('panels.open')}
      isReady={version !== undefined && panelists.length > 0}
      perform={async ({ reason, idempotencyKey }) => {
        if (!version) return;
        const { examId, version: number } = version;
        const test = caseStudyId === '' ? ({ test: 'aptitude' } as const) : ({ test: 'case_study', caseStudyId } as const);
        await openPanel({ idempotencyKey, newPanel: { examId, version: number, ...test, panelists, reason } });
      }}
      changes={[['panels'], ['own-panels']]}
      onClose={onClose}
    >
      <p>{t('panels.openAbout')}</p>
      <div className="field">
        <label htmlFor="panel-version">{t('panels.version')}</label>
        <select
          id="panel-version"
          className="input"
          value={version ? nameOf(version) : ''}
          onChange={({ target: { value } }) => {
            setChosen(value);
            setCaseStudyId('');
          }}
        >
          {all.map((one) => (
            <option key={nameOf(one)} value={nameOf(one)}>
              {t('exams.version', { title: one.title, version: one.version })}
            </option>
          ))}
        </select>
      </div>
      {version && <Test version={version} caseStudyId={caseStudyId} onChange={setCaseStudyId} />}
      <TextField className="field" value={names} onChange={setNames} isRequired>
        <Label>{t('panels.panelists')}</Label>
        <TextArea className="input" rows={3} autoComplete="off" />
      </TextField>
    </ReasonedAct>
  );
}

const nameOf = ({ examId, version }: Pick<ExamVersionSummary, 'examId' | 'version'>) => `${examId}@${version}`;

type TestProps = { readonly version: ExamVersionSummary; readonly caseStudyId: string; readonly onChange: (caseStudyId: string) => void };

function Test({ version: { examId, version }, caseStudyId, onChange }: TestProps) {
  const { t } = useTranslation('console');
  const { data } = useExamVersion(examId, version);
  return (
    <div className="field">
      <label htmlFor="panel-test">{t('panels.test')}</label>
      <select id="panel-test" className="input" value={caseStudyId} onChange={({ target: { value } }) => onChange(value)}>
        <option value="">{t('reportWord.aptitude')}</option>
        {data?.form.caseStudies.map(({ id, title }) => (
          <option key={id} value={id}>
            {t('itemReport.caseStudy', { title })}
          </option>
        ))}
      </select>
    </div>
  );
}
