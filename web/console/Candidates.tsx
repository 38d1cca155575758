import { useRef, useState } from 'react';
import { Input, Label, TextField, Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate, useParams } from 'react-router';
import { Page } from '../frame/Page.tsx';
import { expectCandidate, type KnownCandidate } from '../generated/client.ts';
import { Accommodations } from './Accommodations.tsx';
import { useMayAct } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';

/** Somebody by their subject at the issuer, whether they have ever registered or not. */
export function Candidates() {
  const { t } = useTranslation('console');
  const [isOpen, setIsOpen] = useState(false);
  const mayAct = useMayAct();
  return (
    <Page title={t('candidates.title')}>
      <p>{t('candidates.about')}</p>
      {mayAct ? (
        <div>
          <Button className="button primary" onPress={() => setIsOpen(true)}>
            {t('candidates.expect')}
          </Button>
        </div>
      ) : (
        <p className="note">{t('candidates.staffOnly')}</p>
      )}
      {isOpen && <Expect onClose={() => setIsOpen(false)} />}
    </Page>
  );
}

function Expect({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('console');
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const known = useRef<KnownCandidate>(undefined);
  const subject = typed.trim();
  return (
    <ReasonedAct
      title={t('candidates.expect')}
      isReady={subject !== ''}
      perform={async ({ reason, idempotencyKey }) => {
        known.current = await expectCandidate({ idempotencyKey, candidateExpectation: { subject, reason } });
      }}
      changes={[]}
      onClose={(isDone) => {
        onClose();
        if (isDone && known.current) void navigate(`/candidates/${known.current.id}`, { state: known.current });
      }}
    >
      <p>{t('candidates.check')}</p>
      <TextField className="field" value={typed} onChange={setTyped} isRequired>
        <Label>{t('candidates.subject')}</Label>
        <Input className="input" autoComplete="off" />
      </TextField>
    </ReasonedAct>
  );
}

/** Their accommodations. Who they are is in the browser's history, and in no address. */
export function CandidatePage() {
  const { t } = useTranslation('console');
  const { candidateId = '' } = useParams();
  const known = useLocation().state as KnownCandidate | null;
  return (
    <Page title={known ? (known.name ?? known.subject) : t('candidates.one')}>
      {known && (
        <p>
          {t('candidates.known', { subject: known.subject })} {t(known.hasRegistered ? 'candidates.hasRegistered' : 'candidates.isExpected')}
        </p>
      )}
      <section className="section" aria-labelledby="accommodations">
        <h2 id="accommodations">{t('accommodations.title')}</h2>
        <Accommodations candidateId={candidateId} />
      </section>
    </Page>
  );
}
