import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { MarkingFigures } from '../frame/MarkingFigures.tsx';
import { Page } from '../frame/Page.tsx';
import { PayDue, PayStatements } from '../frame/Pay.tsx';
import { getGrader, getGraderAgreement, getGraderPay, getPayDocument, getPayStatement, listDrifts } from '../generated/client.ts';
import { CorrectPay } from './CorrectPay.tsx';
import { Drifts } from './Drifts.tsx';
import { GraderRecordCard } from './GraderRecord.tsx';
import { IssueStatement } from './IssueStatement.tsx';
import { Training } from './Training.tsx';
import './console.css';

/** One grader: what binds them, how far their training is, whether their marks drift, how they mark, and what they are paid. */
export function GraderPage() {
  const { t } = useTranslation('console');
  const { subject = '' } = useParams();
  const record = useQuery({ queryKey: ['grader', subject], queryFn: () => getGrader({ subject }) });
  const quality = useQuery({ queryKey: ['grader-quality', subject], queryFn: () => getGraderAgreement({ subject }) });
  const drifts = useQuery({ queryKey: ['drifts', subject], queryFn: () => listDrifts({ grader: subject }) });
  const pay = useQuery({ queryKey: ['pay', subject], queryFn: () => getGraderPay({ subject }) });
  return (
    <Page title={subject}>
      <Loaded query={record}>{(data) => <GraderRecordCard record={data} />}</Loaded>
      <Training grader={subject} />
      <section className="section" aria-labelledby="drifts">
        <h2 id="drifts">{t('drift.title')}</h2>
        <Loaded query={drifts}>
          {({ drifts: all }) => (all.length === 0 ? <p className="empty">{t('drift.none')}</p> : <Drifts drifts={all} />)}
        </Loaded>
      </section>
      <section className="section" aria-labelledby="quality">
        <h2 id="quality">{t('graders.quality')}</h2>
        <Loaded query={quality}>
          {({ exams }) => (exams.length === 0 ? <p className="empty">{t('graders.noFigures')}</p> : <MarkingFigures exams={exams} />)}
        </Loaded>
      </section>
      <Loaded query={pay}>
        {(data) => (
          <>
            <PayStatements
              pay={data}
              read={(month) => getPayStatement({ subject, month })}
              readFile={(month) => getPayDocument({ subject, month })}
            />
            <PayDue pay={data} />
            <IssueStatement grader={subject} pay={data} />
            <CorrectPay grader={subject} pay={data} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
