import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Label, Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import { listCorrections, settleCorrection, type Correction } from '../generated/client.ts';
import { changesOfSettlement } from './acts.ts';
import { Changes } from './Changes.tsx';
import { useMayAct } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';

const REFRESH_SECONDS = 30;
/** Another edition needs a name or points, which the API takes. */
const RESOLUTIONS = ['reinstated', 'revoked'] as const;

/** Certificates in doubt, and what became of those that were. */
export function Corrections() {
  const { t } = useTranslation('console');
  const corrections = useQuery({ queryKey: ['corrections'], queryFn: () => listCorrections({}), ...live(REFRESH_SECONDS) });
  return (
    <Page title={t('corrections.title')}>
      <p className="soft">{t('corrections.about')}</p>
      <Loaded query={corrections}>
        {({ corrections: all }) =>
          all.length === 0 ? (
            <p className="empty">{t('corrections.none')}</p>
          ) : (
            <ul className="plain-list">
              {all.map((correction) => (
                <One key={correction.id} correction={correction} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  );
}

function One({ correction }: { readonly correction: Correction }) {
  const { t, i18n } = useTranslation('console');
  const mayAct = useMayAct();
  const [isSettling, setIsSettling] = useState(false);
  const { certificateId, attemptId, openedBy, openedAt, reason, resolution, resolvedBy, resolvedAt, resolvedReason } = correction;
  const when = (instant: string | null) => (instant === null ? '–' : instantText(instant, i18n.language));
  return (
    <li className="card">
      <div className="row spread">
        <h2>{t('corrections.of', { certificateId })}</h2>
        <span className={`badge ${resolution === null ? 'warning' : ''}`}>{t(`corrections.state.${resolution ?? 'open'}`)}</span>
      </div>
      <p>{t('corrections.opened', { who: openedBy, when: when(openedAt), reason })}</p>
      {resolution !== null && <p>{t('corrections.settled', { who: resolvedBy, when: when(resolvedAt), reason: resolvedReason })}</p>}
      <div className="row">
        {attemptId !== null && (
          <Link className="button" to={`/attempts/${attemptId}`}>
            {t('corrections.attempt')}
          </Link>
        )}
        {resolution === null && mayAct && (
          <Button className="button" onPress={() => setIsSettling(true)}>
            {t('corrections.settle')}
          </Button>
        )}
      </div>
      {isSettling && <Settle correctionId={correction.id} onClose={() => setIsSettling(false)} />}
    </li>
  );
}

function Settle({ correctionId, onClose }: { readonly correctionId: string; readonly onClose: () => void }) {
  const { t } = useTranslation('console');
  const [resolution, setResolution] = useState<(typeof RESOLUTIONS)[number]>();
  return (
    <ReasonedAct
      title={t('corrections.settle')}
      isReady={resolution !== undefined}
      perform={async ({ reason, idempotencyKey }) =>
        resolution && settleCorrection({ correctionId, idempotencyKey, settlement: { resolution, reason } })
      }
      changes={[['corrections'], ['story'], ['proposed-acts']]}
      onClose={onClose}
    >
      <RadioGroup className="field" value={resolution ?? null} onChange={(chosen) => setResolution(chosen as typeof resolution)} isRequired>
        <Label>{t('corrections.how')}</Label>
        {RESOLUTIONS.map((one) => (
          <Radio className="choice" key={one} value={one}>
            {t(`corrections.resolution.${one}`)}
          </Radio>
        ))}
      </RadioGroup>
      <p className="note">{t('acts.takesTwo')}</p>
      {resolution && <Changes changes={changesOfSettlement(resolution)} />}
    </ReasonedAct>
  );
}
