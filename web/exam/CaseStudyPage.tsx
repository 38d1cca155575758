import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Button, FileTrigger, Label, ProgressBar } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { Confirm } from '../frame/Confirm.tsx';
import { download } from '../frame/download.ts';
import { Loaded } from '../frame/Loaded.tsx';
import { Markdown } from '../frame/Markdown.tsx';
import { Page } from '../frame/Page.tsx';
import { useSession } from '../frame/session.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { submitCaseStudy, type CaseStudy, type Upload } from '../generated/client.ts';
import { Countdown } from './Countdown.tsx';
import { caseStudyQuery, uploadsQuery } from './queries.ts';
import { ACCEPTED_FILES, mediaTypeOf, uploadSolution, type UploadTask } from './upload.ts';
import './exam.css';

/** The case study with what counts in it, and handing in one's solution. */
export function CaseStudyPage() {
  const { t } = useTranslation('exam');
  const { attemptId = '' } = useParams();
  const caseStudy = useQuery(caseStudyQuery(attemptId));
  return (
    <Page title={caseStudy.data?.caseStudy.title ?? t('test.case_study')}>
      <Loaded query={caseStudy}>
        {(data) => (
          <div className="columns">
            <div className="column">
              <Brief caseStudy={data} />
            </div>
            <div className="column">
              <HandIn caseStudy={data} />
            </div>
          </div>
        )}
      </Loaded>
    </Page>
  );
}

function Brief({ caseStudy: { caseStudy } }: { readonly caseStudy: CaseStudy }) {
  const { t } = useTranslation('exam');
  const { id, title, brief, rubric } = caseStudy;
  return (
    <>
      <section className="card" aria-labelledby="brief">
        <div className="row spread">
          <h2 id="brief">{t('caseStudy.brief')}</h2>
          <Button className="button" onPress={() => download(`# ${title}\n\n${brief}\n`, `${id}.md`)}>
            {t('caseStudy.save')}
          </Button>
        </div>
        <Markdown>{brief}</Markdown>
      </section>
      <section className="card" aria-labelledby="rubric">
        <h2 id="rubric">{t('caseStudy.rubric')}</h2>
        <ul className="plain-list">
          {rubric.map(({ id: criterion, title: name, points }) => (
            <li className="row spread" key={criterion}>
              <span>{name}</span>
              <span className="badge">{t('question.points', { count: points })}</span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function HandIn({ caseStudy: { attemptId, deadline, submittedAt } }: { readonly caseStudy: CaseStudy }) {
  const { t, i18n } = useTranslation('exam');
  const uploads = useQuery(uploadsQuery(attemptId));
  return (
    <section className="card" aria-labelledby="hand-in">
      <h2 id="hand-in">{t('caseStudy.handIn')}</h2>
      {submittedAt === null ? (
        <Countdown deadline={deadline} />
      ) : (
        <p className="note good">{t('caseStudy.submitted', { when: instantText(submittedAt, i18n.language) })}</p>
      )}
      {submittedAt === null && <Uploader attemptId={attemptId} />}
      <Loaded query={uploads}>
        {({ uploads: all }) => (
          <>
            <UploadList uploads={all} />
            {submittedAt === null && <Submit attemptId={attemptId} latest={all.find(counts)} />}
          </>
        )}
      </Loaded>
    </section>
  );
}

/** Whether an upload may be what is handed in: of those that may, the newest is. */
function counts({ completedAt, rejectedFor, scan }: Upload): boolean {
  return completedAt !== null && rejectedFor === null && scan !== 'infected';
}

function Uploader({ attemptId }: { readonly attemptId: string }) {
  const { t } = useTranslation('exam');
  const { signIn } = useSession();
  const queries = useQueryClient();
  const [part, setPart] = useState<number>();
  const [trouble, setTrouble] = useState<string>();
  const task = useRef<UploadTask>(undefined);
  const upload = async (file: File) => {
    setTrouble(undefined);
    if (mediaTypeOf(file.name) === undefined) {
      setTrouble(t('upload.otherType'));
      return;
    }
    setPart(0);
    try {
      task.current = await uploadSolution({ file, attemptId, signIn, onProgress: setPart });
      await task.current.done;
    } catch (error) {
      setTrouble(messageOf(error) ?? t('upload.failed'));
    } finally {
      setPart(undefined);
      await queries.invalidateQueries({ queryKey: ['uploads', attemptId] });
    }
  };
  return (
    <div className="section">
      <p className="soft">{t('upload.about')}</p>
      {trouble !== undefined && (
        <p className="note trouble" role="alert">
          {trouble}
        </p>
      )}
      {part === undefined ? (
        <FileTrigger acceptedFileTypes={ACCEPTED_FILES} onSelect={(files) => files?.[0] && void upload(files[0])}>
          <Button className="button">{t('upload.choose')}</Button>
        </FileTrigger>
      ) : (
        <>
          <ProgressBar className="progress" value={part * 100}>
            {({ percentage, valueText }) => (
              <>
                <Label>{t('upload.sending')}</Label>
                <span>{valueText}</span>
                <progress max={100} value={percentage} aria-hidden="true" />
              </>
            )}
          </ProgressBar>
          <Button
            className="button quiet"
            onPress={() => {
              task.current?.stop();
              setPart(undefined);
            }}
          >
            {t('upload.pause')}
          </Button>
        </>
      )}
    </div>
  );
}

/** The problem that the API answered an upload with, in its words. */
function messageOf(error: unknown): string | undefined {
  const response = typeof error === 'object' && error !== null && 'originalResponse' in error ? error.originalResponse : undefined;
  const body = typeof response === 'object' && response !== null && 'getBody' in response ? (response as { getBody: () => string }).getBody() : '';
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}

function UploadList({ uploads }: { readonly uploads: readonly Upload[] }) {
  const { t, i18n } = useTranslation('exam');
  if (uploads.length === 0) return null;
  return (
    <ul className="plain-list">
      {uploads.toReversed().map(({ id, fileName, sizeBytes, completedAt, rejectedFor, scan }) => (
        <li className="row spread" key={id}>
          <span>
            <strong>{fileName}</strong>
            <br />
            <small>
              {new Intl.NumberFormat(i18n.language, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 }).format(sizeBytes / 1000)}
            </small>
          </span>
          {rejectedFor !== null || scan === 'infected' ? (
            <span className="badge bad">{t(`upload.rejected.${rejectedFor ?? 'infected'}`)}</span>
          ) : completedAt === null ? (
            <span className="badge warning">{t('upload.incomplete')}</span>
          ) : (
            <span className="badge good">{scan === 'pending' ? t('upload.scanning') : t('upload.complete')}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

function Submit({ attemptId, latest }: { readonly attemptId: string; readonly latest: Upload | undefined }) {
  const { t } = useTranslation('exam');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const submitting = useMutation({
    mutationFn: () => submitCaseStudy({ attemptId }),
    onSuccess: async ({ submissionId }) => {
      await queries.invalidateQueries();
      await navigate(`/attempts/${attemptId}/submissions/${submissionId}`, { replace: true });
    },
    // A file that was looked at meanwhile may be taken, or refused.
    onError: async () => {
      setAsking(false);
      await queries.invalidateQueries({ queryKey: ['uploads', attemptId] });
    },
  });
  if (!latest) return null;
  return (
    <>
      {submitting.error && <TroubleNote error={submitting.error} />}
      <Button className="button primary" onPress={() => setAsking(true)}>
        {t('caseStudy.submit')}
      </Button>
      <Confirm
        isOpen={isAsking}
        title={t('caseStudy.submitTitle')}
        action={t('caseStudy.submitConfirm')}
        isPending={submitting.isPending}
        onConfirm={() => submitting.mutate()}
        onCancel={() => setAsking(false)}
      >
        <p>{t('caseStudy.submitAbout', { file: latest.fileName })}</p>
      </Confirm>
    </>
  );
}
