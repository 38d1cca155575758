import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Button, FileTrigger, Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { Page } from '../frame/Page.tsx';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { checkExam, listExamVersions, proposeExam, type CompleteExamForm, type ExamForm as Form } from '../generated/client.ts';
import { Differences, ExamForm } from './ExamForm.tsx';
import { useExamVersion } from './ExamVersionPage.tsx';
import './console.css';

class NoJson extends Error {}

/** An author's way to a new version: choose the file, read what is wrong or what it means, say why, propose it. */
export function ProposeExam() {
  const { t } = useTranslation('console');
  const [fileName, setFileName] = useState('');
  const checking = useMutation({
    mutationFn: async (file: File) => {
      setFileName(file.name);
      const sent = parsed(await file.text());
      return { sent, ...(await checkExam({ examForm: sent })) };
    },
  });
  return (
    <Page title={t('exams.propose')}>
      <p>{t('exams.proposeAbout')}</p>
      <div className="row">
        <FileTrigger acceptedFileTypes={['application/json', '.json']} onSelect={(files) => files?.[0] && checking.mutate(files[0])}>
          <Button className="button" isPending={checking.isPending}>
            {t('exams.choose')}
          </Button>
        </FileTrigger>
        <span className="soft">{fileName}</span>
      </div>
      {checking.error &&
        (checking.error instanceof NoJson ? (
          <p className="note trouble" role="alert">
            {t('exams.noJson')}
          </p>
        ) : (
          <TroubleNote error={checking.error} />
        ))}
      {checking.data && <Checked key={JSON.stringify(checking.data.form)} sent={checking.data.sent} form={checking.data.form} />}
    </Page>
  );
}

function parsed(text: string): Form {
  try {
    return JSON.parse(text) as Form;
  } catch {
    throw new NoJson();
  }
}

function Checked({ sent, form }: { readonly sent: Form; readonly form: CompleteExamForm }) {
  const { t } = useTranslation('console');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const idempotencyKey = useRef(crypto.randomUUID());
  const proposing = useMutation({
    mutationFn: () => proposeExam({ idempotencyKey: idempotencyKey.current, newExamProposal: { form: sent, reason } }),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['exam-proposals'] });
      await navigate(`/exam-proposals/${id}`);
    },
  });
  return (
    <>
      <p className="note good" role="status">
        {t('exams.checked', { title: form.title, version: form.version })}
      </p>
      <section className="card" aria-labelledby="propose">
        <h2 id="propose">{t('exams.proposeThis')}</h2>
        <TextField className="field" value={reason} onChange={setReason} isRequired>
          <Label>{t('acts.reason')}</Label>
          <TextArea className="input" rows={2} />
        </TextField>
        <p className="soft">{t('exams.twoPersons')}</p>
        <div>
          <Button className="button primary" isDisabled={reason.trim() === ''} isPending={proposing.isPending} onPress={() => proposing.mutate()}>
            {t('exams.proposeAct')}
          </Button>
        </div>
        {proposing.error && <TroubleNote error={proposing.error} />}
      </section>
      <BesidePublished form={form} />
      <ExamForm form={form} />
    </>
  );
}

/** Beside the newest published version before it. */
export function BesidePublished({ form }: { readonly form: CompleteExamForm }) {
  const { t } = useTranslation('console');
  const versions = useQuery({ queryKey: ['exam-versions'], queryFn: () => listExamVersions() });
  const before = versions.data?.versions.find(({ examId, version }) => examId === form.examId && version < form.version)?.version;
  const read = useExamVersion(form.examId, before);
  if (!versions.data) return null;
  if (before === undefined) return <p className="note">{t('exam.first')}</p>;
  return read.data ? <Differences before={read.data.form} after={form} /> : null;
}
