import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button, Group, Input, Label, NumberField, Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { FramedTable } from '../frame/FramedTable.tsx';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { instantText } from '../frame/time.ts';
import {
  listProposedActs,
  listRetentionPeriods,
  listRetentionRuns,
  setRetentionPeriod,
  type RetentionPeriod,
  type RetentionRun,
} from '../generated/client.ts';
import { useMayAct } from './may-act.ts';
import { ReasonedAct } from './ReasonedAct.tsx';

const REFRESH_SECONDS = 60;
const KINDS = ['uploads', 'answers', 'person'] as const;
type Kind = (typeof KINDS)[number];
const DAYS_MAX = 36_500;
/** Of what waits as much as a page: the rest is on the page of two persons. */
const WAITING_ROWS = 50;

/** How long what is personal is kept, who set it so, and what was erased since its time was over. */
export function Retention() {
  const { t } = useTranslation('console');
  const periods = useQuery({ queryKey: ['retention-periods'], queryFn: () => listRetentionPeriods(), ...live(REFRESH_SECONDS) });
  const mayAct = useMayAct();
  const [setting, setSetting] = useState<Kind>();
  const [proposed, setProposed] = useState<Kind>();
  const inForce = (kind: Kind) => periods.data?.periods.find((period) => period.kind === kind);
  return (
    <Page title={t('retention.title')}>
      <p className="soft">{t('retention.about')}</p>
      {proposed && (
        <p className="note good" role="status">
          {t('retention.proposed', { what: t(`retention.kind.${proposed}`) })} <Link to="/two-persons">{t('retention.toTwoPersons')}</Link>
        </p>
      )}
      <Loaded query={periods}>
        {() => (
          <ul className="plain-list">
            {KINDS.map((kind) => (
              <Kept key={kind} kind={kind} period={inForce(kind)} {...(mayAct && { onSet: () => setSetting(kind) })} />
            ))}
          </ul>
        )}
      </Loaded>
      <Waiting />
      <Runs />
      {setting && (
        <SetPeriod
          kind={setting}
          standing={inForce(setting)}
          onClose={(isDone) => {
            setSetting(undefined);
            if (isDone) setProposed(setting);
          }}
        />
      )}
    </Page>
  );
}

type KeptProps = { readonly kind: Kind; readonly period: RetentionPeriod | undefined; readonly onSet?: () => void };

function Kept({ kind, period, onSet }: KeptProps) {
  const { t, i18n } = useTranslation('console');
  return (
    <li className="card">
      <div className="row spread">
        <h2>{t(`retention.kind.${kind}`)}</h2>
        <strong>{period?.days == null ? t('retention.untilAsked') : t('retention.days', { count: period.days })}</strong>
      </div>
      <p>{t(`retention.what.${kind}`)}</p>
      {period && (
        <>
          <p>{t('retention.reason', { reason: period.reason })}</p>
          <p className="soft">
            {t('retention.setBy', { first: period.proposedBy, second: period.setBy, when: instantText(period.setAt, i18n.language) })}
            {kind === 'person' && period.days !== null && ` ${t(period.keepsRegister ? 'retention.keepsRegister' : 'retention.leavesRegister')}`}
          </p>
        </>
      )}
      {onSet && (
        <Button className="button" onPress={onSet}>
          {t('retention.setOf', { what: t(`retention.kind.${kind}`) })}
        </Button>
      )}
    </li>
  );
}

/** What somebody proposed and nobody has confirmed yet. */
function Waiting() {
  const { t, i18n } = useTranslation('console');
  const query = useQuery({
    queryKey: ['proposed-acts', 'retention'],
    queryFn: () => listProposedActs({ which: 'waiting', limit: WAITING_ROWS }),
    ...live(REFRESH_SECONDS),
  });
  return (
    <section className="section" aria-labelledby="retention-waiting">
      <h2 id="retention-waiting">{t('retention.waiting')}</h2>
      <Loaded query={query}>
        {({ acts }) => {
          const waiting = acts.filter(({ operation }) => operation === 'setRetentionPeriod');
          if (waiting.length === 0) return <p className="empty">{t('retention.noneWaits')}</p>;
          return (
            <ul className="plain-list">
              {waiting.map(({ id, proposedBy, proposedAt, reason }) => (
                <li className="card" key={id}>
                  <p>{t('retention.waits', { who: proposedBy, when: instantText(proposedAt, i18n.language), reason })}</p>
                  <Link to="/two-persons">{t('retention.toTwoPersons')}</Link>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}

/** A night and kind each: what was ordered, and how far it is. */
function Runs() {
  const { t } = useTranslation('console');
  const query = useQuery({ queryKey: ['retention-runs'], queryFn: () => listRetentionRuns(), ...live(REFRESH_SECONDS) });
  return (
    <section className="section" aria-labelledby="retention-runs">
      <h2 id="retention-runs">{t('retention.runs')}</h2>
      <Loaded query={query}>
        {({ runs, days }) =>
          runs.length === 0 ? <p className="empty">{t('retention.noRuns', { count: days })}</p> : <RunTable runs={runs} days={days} />
        }
      </Loaded>
    </section>
  );
}

const COLUMNS = ['orderedAt', 'kind', 'period', 'ordered', 'done', 'stands', 'takenBack'] as const;

function RunTable({ runs, days }: { readonly runs: readonly RetentionRun[]; readonly days: number }) {
  const { t, i18n } = useTranslation('console');
  const number = (value: number) => value.toLocaleString(i18n.language);
  return (
    <>
      <p className="soft">{t('retention.runsAbout', { count: days })}</p>
      <FramedTable label={t('retention.runs')} headings={COLUMNS.map((column) => t(`retention.column.${column}`))}>
        {runs.map(({ orderedAt, kind, days: period, ordered, done, takenBack }) => (
          <tr key={`${orderedAt} ${kind} ${period}`}>
            <th scope="row">{instantText(orderedAt, i18n.language)}</th>
            <td>{t(`retention.kind.${kind}`)}</td>
            <td>{t('retention.days', { count: period })}</td>
            <td>{number(ordered)}</td>
            <td>{number(done)}</td>
            <td>{number(ordered - done - takenBack)}</td>
            <td>{number(takenBack)}</td>
          </tr>
        ))}
      </FramedTable>
    </>
  );
}

type SetProps = { readonly kind: Kind; readonly standing: RetentionPeriod | undefined; readonly onClose: (isDone: boolean) => void };

function SetPeriod({ kind, standing, onClose }: SetProps) {
  const { t } = useTranslation('console');
  const [isTimed, setIsTimed] = useState(true);
  const [days, setDays] = useState(standing?.days ?? Number.NaN);
  return (
    <ReasonedAct
      title={t('retention.setOf', { what: t(`retention.kind.${kind}`) })}
      isReady={!isTimed || Number.isInteger(days)}
      perform={({ reason, idempotencyKey }) =>
        setRetentionPeriod({ idempotencyKey, newRetentionPeriod: { kind, days: isTimed ? days : null, reason } })
      }
      changes={[['retention-periods'], ['proposed-acts']]}
      onClose={onClose}
    >
      <p>{t(`retention.what.${kind}`)}</p>
      <RadioGroup className="field" value={isTimed ? 'timed' : 'untilAsked'} onChange={(chosen) => setIsTimed(chosen === 'timed')}>
        <Label>{t('retention.howLong')}</Label>
        <Radio className="choice" value="timed">
          {t('retention.timed')}
        </Radio>
        <Radio className="choice" value="untilAsked">
          {t('retention.untilAsked')}
        </Radio>
      </RadioGroup>
      {isTimed && (
        <NumberField className="field" value={days} onChange={setDays} minValue={0} maxValue={DAYS_MAX} isRequired>
          <Label>{t('retention.daysFrom')}</Label>
          <Group>
            <Input className="input" />
          </Group>
        </NumberField>
      )}
      <p className="note warning">{t('retention.forGood')}</p>
      <p className="note">{t('acts.takesTwo')}</p>
    </ReasonedAct>
  );
}
