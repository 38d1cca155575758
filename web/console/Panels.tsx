import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { usePerson } from '../frame/session.tsx';
import { instantText } from '../frame/time.ts';
import { listOwnPanels, listPanels, type OwnPanelSummary } from '../generated/client.ts';
import { useMayAct } from './may-act.ts';
import { OpenPanel } from './OpenPanel.tsx';

const REFRESH_SECONDS = 30;
const OVERSEERS = ['staff', 'auditor'];

/** Panels that set standards: those that somebody rates in, and for staff and auditors every one. */
export function Panels() {
  const { t } = useTranslation('console');
  const roles = usePerson()?.roles ?? [];
  const mayAct = useMayAct();
  const [isOpening, setIsOpening] = useState(false);
  return (
    <Page
      title={t('panels.title')}
      actions={
        mayAct && (
          <Button className="button primary" onPress={() => setIsOpening(true)}>
            {t('panels.open')}
          </Button>
        )
      }
    >
      <p className="soft">{t('panels.about')}</p>
      {isOpening && <OpenPanel onClose={() => setIsOpening(false)} />}
      {roles.includes('designated') && <Own />}
      {roles.some((role) => OVERSEERS.includes(role)) && <Every />}
    </Page>
  );
}

function Own() {
  const { t } = useTranslation('console');
  const own = useQuery({ queryKey: ['own-panels'], queryFn: () => listOwnPanels(), ...live(REFRESH_SECONDS) });
  return (
    <section className="section" aria-labelledby="own-panels">
      <h2 id="own-panels">{t('panels.own')}</h2>
      <Loaded query={own}>
        {({ panels }) => (
          <>
            {panels.length === 0 && <p className="empty">{t('panels.noneOwn')}</p>}
            <ul className="plain-list">
              {panels.map((panel) => (
                <li className="card" key={panel.id}>
                  <div className="row spread">
                    <h3>
                      <Link to={`/panels/${panel.id}/ratings`}>
                        <Named panel={panel} />
                      </Link>
                    </h3>
                    <span className={`badge ${panel.isOpen ? 'warning' : ''}`}>
                      {t(`panels.${standingOf(panel)}`, { round: standingOf(panel) === 'ratesFrom' ? panel.fromRound : panel.round })}
                    </span>
                  </div>
                  <p>{t('panels.progress', { done: panel.rated, all: panel.items })}</p>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </section>
  );
}

/** Of a panel that is closed no round is open or to come. */
function standingOf({ closedAt, isOpen, fromRound, round }: OwnPanelSummary): 'closed' | 'roundOpen' | 'ratesFrom' | 'roundClosed' {
  if (closedAt !== null) return 'closed';
  if (fromRound > round) return 'ratesFrom';
  return isOpen ? 'roundOpen' : 'roundClosed';
}

function Every() {
  const { t, i18n } = useTranslation('console');
  const every = useQuery({ queryKey: ['panels'], queryFn: () => listPanels(), ...live(REFRESH_SECONDS) });
  return (
    <section className="section" aria-labelledby="every-panel">
      <h2 id="every-panel">{t('panels.every')}</h2>
      <Loaded query={every}>
        {({ panels }) => (
          <>
            {panels.length === 0 && <p className="empty">{t('panels.none')}</p>}
            <ul className="plain-list">
              {panels.map((panel) => (
                <li className="card" key={panel.id}>
                  <div className="row spread">
                    <h3>
                      <Link to={`/panels/${panel.id}`}>
                        <Named panel={panel} />
                      </Link>
                    </h3>
                    <span className={`badge ${panel.closedAt ? '' : 'warning'}`}>{t(panel.closedAt ? 'panels.closed' : 'panels.isOpen')}</span>
                  </div>
                  <p>{t('panels.summary', { count: panel.panelists, rounds: panel.rounds, when: instantText(panel.openedAt, i18n.language) })}</p>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </section>
  );
}

type Subject = {
  readonly title: string;
  readonly examVersion: string;
  readonly test: 'aptitude' | 'case_study';
  readonly caseStudyId: string | null;
};

export function Named({ panel: { title, examVersion, test, caseStudyId } }: { readonly panel: Subject }) {
  const { t } = useTranslation('console');
  return <>{t(caseStudyId === null ? 'panels.of' : 'panels.ofCaseStudy', { title, examVersion, test: t(`test.${test}`), caseStudyId })}</>;
}
