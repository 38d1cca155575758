import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Button, Label, TextArea, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Confirm } from '../frame/Confirm.tsx';
import { usePerson } from '../frame/session.tsx';
import { instantText } from '../frame/time.ts';
import { TroubleNote } from '../frame/TroubleNote.tsx';
import { settleDrift, type Drift } from '../generated/client.ts';

/** Graders whose marks move away from those of others, and what staff found. */
export function Drifts({ drifts }: { readonly drifts: readonly Drift[] }) {
  return (
    <div className="cards">
      {drifts.map((drift) => (
        <DriftCard key={drift.id} drift={drift} />
      ))}
    </div>
  );
}

function DriftCard({ drift: { id, grader, direction, scripts, meanDifference, foundAt, settlement } }: { readonly drift: Drift }) {
  const { t, i18n } = useTranslation('console');
  const person = usePerson();
  const [settling, setSettling] = useState(false);
  const share = new Intl.NumberFormat(i18n.language, { style: 'percent', maximumFractionDigits: 1 }).format(Math.abs(meanDifference));
  // Nobody settles what is about themselves, and an auditor changes nothing.
  const maySettle = person?.roles.includes('staff') === true && person.subject !== grader;
  return (
    <article className="card">
      <div className="row spread">
        <h3>
          <Link to={`/graders/${encodeURIComponent(grader)}`}>{grader}</Link>
        </h3>
        <span className={settlement ? 'badge' : 'badge warning'}>{t(`drift.${direction}`)}</span>
      </div>
      <p>{t('drift.over', { share, count: scripts })}</p>
      <p className="soft">
        {settlement
          ? t('drift.settled', { who: settlement.settledBy, when: instantText(settlement.settledAt, i18n.language), reason: settlement.reason })
          : t('drift.found', { when: instantText(foundAt, i18n.language) })}
      </p>
      {!settlement && maySettle && (
        <div>
          <Button className="button" onPress={() => setSettling(true)}>
            {t('drift.settle')}
          </Button>
        </div>
      )}
      {settling && <Settle id={id} grader={grader} onClose={() => setSettling(false)} />}
    </article>
  );
}

function Settle({ id, grader, onClose }: { readonly id: string; readonly grader: string; readonly onClose: () => void }) {
  const { t } = useTranslation('console');
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const idempotencyKey = useRef(crypto.randomUUID());
  const settling = useMutation({
    mutationFn: () => settleDrift({ subject: grader, driftId: id, driftSettlement: { reason }, idempotencyKey: idempotencyKey.current }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['drifts'] });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      title={t('drift.settle')}
      action={t('drift.settle')}
      isPending={settling.isPending}
      onConfirm={() => reason.trim() !== '' && settling.mutate()}
      onCancel={onClose}
    >
      <TextField className="field" value={reason} onChange={setReason} isRequired>
        <Label>{t('drift.reason')}</Label>
        <TextArea className="input" rows={3} />
      </TextField>
      <p className="soft">{t('drift.about')}</p>
      {settling.error && <TroubleNote error={settling.error} />}
    </Confirm>
  );
}
