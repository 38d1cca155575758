import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { usePerson } from '../frame/session.tsx';
import { getExamVersion, listExamVersions, retireExamVersion, type CompleteExamForm, type ExamVersionSummary } from '../generated/client.ts';
import { Differences, ExamForm } from './ExamForm.tsx';
import { ReasonedAct } from './ReasonedAct.tsx';
import './console.css';

/** A published version: read whole, beside another one, and taken out of use. */
export function ExamVersionPage() {
  const { t } = useTranslation('console');
  const { examId = '', version = '' } = useParams();
  const read = useExamVersion(examId, Number(version));
  const versions = useQuery({ queryKey: ['exam-versions'], queryFn: () => listExamVersions() });
  const ofExam = versions.data?.versions.filter((one) => one.examId === examId) ?? [];
  const own = ofExam.find((one) => one.version === Number(version));
  return (
    <Page title={read.data ? t('exams.version', read.data.form) : t('exams.title')} actions={own && <Retire version={own} />}>
      {own?.retirement && <p className="note">{t('exams.retiredAbout')}</p>}
      <Loaded query={read}>
        {({ form }) => (
          <>
            <Compare form={form} others={ofExam.filter((one) => one.version !== form.version)} />
            <ExamForm form={form} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** It never changes: read once. */
export function useExamVersion(examId: string, version: number | undefined) {
  return useQuery({
    queryKey: ['exam-version', examId, version],
    queryFn: () => getExamVersion({ examId, version: version ?? 0 }),
    enabled: version !== undefined,
    staleTime: Infinity,
  });
}

/** Of an exam the version that is taken now; undefined until it is read, and where none is. */
export function useNewestVersion(examId: string) {
  const { data } = useQuery({ queryKey: ['exam-versions'], queryFn: () => listExamVersions() });
  const newest = data?.versions.find((one) => one.examId === examId && one.retirement === null);
  return useExamVersion(examId, newest?.version).data;
}

function Compare({ form, others }: { readonly form: CompleteExamForm; readonly others: readonly ExamVersionSummary[] }) {
  const { t } = useTranslation('console');
  const id = useId();
  const [chosen, setChosen] = useState<number>();
  const other = useExamVersion(form.examId, chosen);
  if (others.length === 0) return null;
  return (
    <>
      <div className="field">
        <label htmlFor={id}>{t('exam.compare')}</label>
        <select
          id={id}
          className="input"
          value={chosen ?? ''}
          onChange={({ target }) => setChosen(target.value === '' ? undefined : Number(target.value))}
        >
          <option value="">{t('exam.compareNone')}</option>
          {others.map((one) => (
            <option key={one.version} value={one.version}>
              {t('exams.version', one)}
            </option>
          ))}
        </select>
      </div>
      {chosen !== undefined && (
        <Loaded query={other}>
          {({ form: read }) =>
            read.version < form.version ? <Differences before={read} after={form} /> : <Differences before={form} after={read} />
          }
        </Loaded>
      )}
    </>
  );
}

function Retire({ version: { examId, version, retirement } }: { readonly version: ExamVersionSummary }) {
  const { t } = useTranslation('console');
  const isAuthor = usePerson()?.roles.includes('designated') ?? false;
  const [isAsked, setIsAsked] = useState(false);
  if (!isAuthor || retirement) return null;
  return (
    <>
      <Button className="button grave" onPress={() => setIsAsked(true)}>
        {t('exams.retire')}
      </Button>
      {isAsked && (
        <ReasonedAct
          title={t('exams.retire')}
          perform={({ reason, idempotencyKey }) => retireExamVersion({ examId, version, idempotencyKey, examRetirement: { reason } })}
          changes={[['exam-versions'], ['exams']]}
          onClose={() => setIsAsked(false)}
        >
          <p>{t('exams.retireAbout')}</p>
        </ReasonedAct>
      )}
    </>
  );
}
