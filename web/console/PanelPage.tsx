import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Checkbox, Input, Label, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { usePerson } from '../frame/session.tsx';
import { instantText } from '../frame/time.ts';
import { addPanelist, closePanel, closeRound, endPanelist, getPanel, openRound, type Panel } from '../generated/client.ts';
import { useMayAct } from './may-act.ts';
import { Named } from './Panels.tsx';
import { ReasonedAct } from './ReasonedAct.tsx';
import { Standard } from './StandardFigures.tsx';

const REFRESH_SECONDS = 15;

/** How far a panel is, and what its rounds came to; for staff, how it goes on. */
export function PanelPage() {
  const { t } = useTranslation('console');
  const { panelId = '' } = useParams();
  const panel = useQuery({ queryKey: ['panel', panelId], queryFn: () => getPanel({ panelId }), ...live(REFRESH_SECONDS) });
  return (
    <Page title={t('panels.one')}>
      <Loaded query={panel}>{(loaded) => <Whole panel={loaded} />}</Loaded>
    </Page>
  );
}

function Whole({ panel }: { readonly panel: Panel }) {
  const { t, i18n } = useTranslation('console');
  const mayAct = useMayAct();
  const { openedBy, openedAt, reason, closing, rounds } = panel;
  const when = (instant: string) => instantText(instant, i18n.language);
  return (
    <>
      <h2>
        <Named panel={panel} />
      </h2>
      <p className="soft">{t('panels.openedBy', { who: openedBy, when: when(openedAt), reason })}</p>
      {closing && (
        <p className="note">
          {t(closing.round === null ? 'panels.closedWithout' : 'panels.closedWith', {
            who: closing.by,
            when: when(closing.at),
            reason: closing.reason,
            round: closing.round,
          })}
        </p>
      )}
      <Panelists panel={panel} />
      {rounds.map((round) => (
        <Round key={round.number} round={round} isVoid={closing !== null && round.closedAt === null} />
      ))}
      {mayAct && !closing && <Acts panel={panel} />}
    </>
  );
}

function Panelists({ panel }: { readonly panel: Panel }) {
  const { t, i18n } = useTranslation('console');
  const mayAct = useMayAct();
  const self = usePerson()?.subject;
  const [leaving, setLeaving] = useState<string>();
  const { id, items, panelists, closing } = panel;
  const newest = panel.rounds.length;
  return (
    <section className="section" aria-labelledby="panelists">
      <h2 id="panelists">{t('panels.panelistsTitle')}</h2>
      <ul className="plain-list">
        {panelists.map(({ grader, fromRound, leftAt, rated }) => (
          <li className="card" key={grader}>
            <div className="row spread">
              <h3>{grader}</h3>
              {mayAct && !closing && !leftAt && grader !== self && (
                <Button className="button" aria-label={t('panels.endOf', { grader })} onPress={() => setLeaving(grader)}>
                  {t('panels.end')}
                </Button>
              )}
            </div>
            <p>
              {leftAt && t('panels.left', { when: instantText(leftAt, i18n.language) })}
              {!leftAt && (fromRound > newest ? t('panels.ratesFrom', { round: fromRound }) : t('panels.progress', { done: rated, all: items }))}
            </p>
          </li>
        ))}
      </ul>
      {leaving !== undefined && (
        <ReasonedAct
          title={t('panels.endOf', { grader: leaving })}
          perform={({ reason, idempotencyKey }) => endPanelist({ panelId: id, subject: leaving, idempotencyKey, panelReason: { reason } })}
          changes={[['panel', id], ['panels']]}
          onClose={() => setLeaving(undefined)}
        >
          <p>{t('panels.endAbout')}</p>
        </ReasonedAct>
      )}
    </section>
  );
}

/** Left open by a panel that was closed, it counts for nothing. */
function Round({
  round: { number, closedAt, reportId, showsFacility, standard },
  isVoid,
}: {
  readonly round: Panel['rounds'][number];
  readonly isVoid: boolean;
}) {
  const { t, i18n } = useTranslation('console');
  return (
    <section className="section" aria-labelledby={`round-${number}`}>
      <h2 id={`round-${number}`}>{t('panels.round', { round: number })}</h2>
      <p className="soft">
        {closedAt
          ? t('panels.roundClosedAt', { when: instantText(closedAt, i18n.language) })
          : t(isVoid ? 'panels.roundIsVoid' : 'panels.roundIsOpen')}{' '}
        {showsFacility && t('panels.showsFacility')}
      </p>
      {standard && <Standard standard={standard} />}
      {reportId && (
        <p>
          <Link className="button" to={`/reports/${reportId}`}>
            {t('panels.report', { round: number })}
          </Link>
        </p>
      )}
    </section>
  );
}

type Act = 'closeRound' | 'openRound' | 'addPanelist' | 'closePanel';

const LOOKS: Readonly<Record<Act, string>> = { closeRound: 'primary', openRound: 'primary', addPanelist: '', closePanel: 'grave' };

/** An open round is closed, then the next one opened or the panel closed. */
function Acts({ panel }: { readonly panel: Panel }) {
  const { t } = useTranslation('console');
  const [act, setAct] = useState<Act>();
  const isOpen = panel.rounds.at(-1)?.closedAt === null;
  const acts: readonly Act[] = [isOpen ? 'closeRound' : 'openRound', 'addPanelist', 'closePanel'];
  const props = { panel, onClose: () => setAct(undefined) };
  return (
    <section className="section" aria-labelledby="acts">
      <h2 id="acts">{t('panels.acts')}</h2>
      <div className="row">
        {acts.map((one) => (
          <Button className={`button ${LOOKS[one]}`} key={one} onPress={() => setAct(one)}>
            {t(`panels.${one}`)}
          </Button>
        ))}
      </div>
      {act === 'closeRound' && <CloseRound {...props} />}
      {act === 'openRound' && <OpenRound {...props} />}
      {act === 'addPanelist' && <AddPanelist {...props} />}
      {act === 'closePanel' && <ClosePanel {...props} />}
    </section>
  );
}

type ActProps = { readonly panel: Panel; readonly onClose: () => void };
const changesOf = ({ id }: Panel) => [['panel', id], ['panels'], ['own-panels'], ['reports']];

function CloseRound({ panel, onClose }: ActProps) {
  const { t } = useTranslation('console');
  return (
    <ReasonedAct
      title={t('panels.closeRound')}
      perform={({ reason, idempotencyKey }) => closeRound({ panelId: panel.id, round: panel.rounds.length, idempotencyKey, panelReason: { reason } })}
      changes={changesOf(panel)}
      onClose={onClose}
    >
      <p>{t('panels.closeRoundAbout')}</p>
    </ReasonedAct>
  );
}

function OpenRound({ panel, onClose }: ActProps) {
  const { t } = useTranslation('console');
  const [showsFacility, setShowsFacility] = useState(false);
  const round = panel.rounds.length + 1;
  return (
    <ReasonedAct
      title={t('panels.openRound')}
      perform={({ reason, idempotencyKey }) => openRound({ panelId: panel.id, round, idempotencyKey, newRound: { showsFacility, reason } })}
      changes={changesOf(panel)}
      onClose={onClose}
    >
      <p>{t('panels.openRoundAbout', { round })}</p>
      <Checkbox className="choice" isSelected={showsFacility} onChange={setShowsFacility}>
        {t('panels.showFacility')}
      </Checkbox>
    </ReasonedAct>
  );
}

function AddPanelist({ panel, onClose }: ActProps) {
  const { t } = useTranslation('console');
  const [subject, setSubject] = useState('');
  const name = subject.trim();
  return (
    <ReasonedAct
      title={t('panels.addPanelist')}
      isReady={name !== ''}
      perform={({ reason, idempotencyKey }) => addPanelist({ panelId: panel.id, subject: name, idempotencyKey, panelReason: { reason } })}
      changes={changesOf(panel)}
      onClose={onClose}
    >
      <p>{t('panels.addPanelistAbout', { round: panel.rounds.length + 1 })}</p>
      <TextField className="field" value={subject} onChange={setSubject} isRequired>
        <Label>{t('panels.subject')}</Label>
        <Input className="input" autoComplete="off" />
      </TextField>
    </ReasonedAct>
  );
}

function ClosePanel({ panel, onClose }: ActProps) {
  const { t } = useTranslation('console');
  const closed = panel.rounds.filter(({ closedAt }) => closedAt !== null).map(({ number }) => number);
  const [round, setRound] = useState<number | null>(closed.at(-1) ?? null);
  return (
    <ReasonedAct
      title={t('panels.closePanel')}
      perform={({ reason, idempotencyKey }) => closePanel({ panelId: panel.id, idempotencyKey, panelClosing: { round, reason } })}
      changes={changesOf(panel)}
      onClose={onClose}
    >
      <p>{t('panels.closePanelAbout')}</p>
      <div className="field">
        <label htmlFor="result-round">{t('panels.result')}</label>
        <select
          id="result-round"
          className="input"
          value={round ?? ''}
          onChange={({ target: { value } }) => setRound(value === '' ? null : Number(value))}
        >
          <option value="">{t('panels.noResult')}</option>
          {closed.map((number) => (
            <option key={number} value={number}>
              {t('panels.round', { round: number })}
            </option>
          ))}
        </select>
      </div>
    </ReasonedAct>
  );
}
