import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { Confirm } from '../frame/Confirm.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { usePerson } from '../frame/session.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { getExamProposal, publishExamProposal, withdrawExamProposal, type ExamProposal } from '../generated/client.ts';
import { ExamForm } from './ExamForm.tsx';
import { BesidePublished } from './ProposeExam.tsx';
import { ReasonedAct } from './ReasonedAct.tsx';
import './console.css';

const REFRESH_SECONDS = 30;

/** What one person proposed, beside what is published, for another to read and publish. */
export function ExamProposalPage() {
  const { t } = useTranslation('console');
  const { proposalId = '' } = useParams();
  const proposal = useQuery({
    queryKey: ['exam-proposals', proposalId],
    queryFn: () => getExamProposal({ proposalId }),
    ...live(REFRESH_SECONDS),
  });
  return (
    <Page title={proposal.data ? t('exams.version', proposal.data) : t('exams.proposals')}>
      <Loaded query={proposal}>
        {(data) => (
          <>
            <Standing proposal={data} />
            {data.state !== 'published' && <BesidePublished form={data.form} />}
            <ExamForm form={data.form} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Standing({ proposal: { id, state, proposedBy, proposedAt, reason, settledBy, settledAt } }: { readonly proposal: ExamProposal }) {
  const { t, i18n } = useTranslation('console');
  const person = usePerson();
  const [act, setAct] = useState<'publish' | 'withdraw'>();
  const maySettle = state === 'open' && (person?.roles.some((role) => role === 'designated' || role === 'staff') ?? false);
  const isOwn = person?.subject === proposedBy;
  return (
    <section className="card" aria-labelledby="standing">
      <div className="row spread">
        <h2 id="standing">{t(`exams.state.${state}`)}</h2>
        <span className={`badge ${state === 'open' ? 'warning' : state === 'published' ? 'good' : ''}`}>
          {t('exams.by', { who: settledBy ?? proposedBy })}
        </span>
      </div>
      <p>{t('exams.proposedBy', { who: proposedBy, when: instantText(proposedAt, i18n.language), reason })}</p>
      {settledAt !== null && state !== 'open' && (
        <p>
          {t(`exams.settledBy.${state}`, { who: settledBy })} {instantText(settledAt, i18n.language)}
        </p>
      )}
      {maySettle && isOwn && <p className="note">{t('exams.own')}</p>}
      {maySettle && (
        <div className="row">
          {!isOwn && (
            <Button className="button primary" onPress={() => setAct('publish')}>
              {t('exams.publish')}
            </Button>
          )}
          <Button className="button" onPress={() => setAct('withdraw')}>
            {t('exams.withdraw')}
          </Button>
        </div>
      )}
      {act === 'publish' && <Publish proposalId={id} proposedBy={proposedBy} onClose={() => setAct(undefined)} />}
      {act === 'withdraw' && (
        <ReasonedAct
          title={t('exams.withdraw')}
          perform={({ reason: why, idempotencyKey }) =>
            withdrawExamProposal({ proposalId: id, idempotencyKey, examProposalWithdrawal: { reason: why } })
          }
          changes={[['exam-proposals']]}
          onClose={() => setAct(undefined)}
        >
          <p>{t('exams.withdrawAbout')}</p>
        </ReasonedAct>
      )}
    </section>
  );
}

type PublishProps = { readonly proposalId: string; readonly proposedBy: string; readonly onClose: () => void };

function Publish({ proposalId, proposedBy, onClose }: PublishProps) {
  const { t } = useTranslation('console');
  const queries = useQueryClient();
  const idempotencyKey = useRef(crypto.randomUUID());
  const publishing = useMutation({
    mutationFn: () => publishExamProposal({ proposalId, idempotencyKey: idempotencyKey.current }),
    onSuccess: async () => {
      await Promise.all(['exam-proposals', 'exam-versions', 'exams'].map((key) => queries.invalidateQueries({ queryKey: [key] })));
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      title={t('exams.publish')}
      action={t('exams.publish')}
      isPending={publishing.isPending}
      onConfirm={() => publishing.mutate()}
      onCancel={onClose}
    >
      <p>{t('exams.publishAbout', { proposedBy })}</p>
      {publishing.error && <TroubleNote error={publishing.error} />}
    </Confirm>
  );
}
