import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react';
import { FieldError, Input, Label, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { EntryNote } from '../frame/keeping/EntryNote.tsx';
import { NotOnDevice, SaveState, SessionEnded } from '../frame/keeping/SaveState.tsx';
import { useKeeper, useWarningBeforeLeaving } from '../frame/keeping/use-keeper.ts';
import { Loaded } from '../frame/Loaded.tsx';
import { Page } from '../frame/Page.tsx';
import { live } from '../frame/query.ts';
import { usePerson } from '../frame/session.tsx';
import { getOwnPanel, type ItemToRate, type OwnPanel } from '../generated/client.ts';
import { useEstimates } from './estimates.ts';
import { Named } from './Panels.tsx';
import { createRatingKeeper, percentIn, savedRatings, type RatingKeeper } from './rating-keeper.ts';
import { Standard } from './StandardFigures.tsx';

const REFRESH_SECONDS = 30;

/** What a panelist rates, item by item, and of rounds that are closed what the panel did. */
export function RatingPage() {
  const { t } = useTranslation('console');
  const { panelId = '' } = useParams();
  const panel = useQuery({ queryKey: ['own-panels', panelId], queryFn: () => getOwnPanel({ panelId }), ...live(REFRESH_SECONDS) });
  return (
    <Page title={t('ratings.title')}>
      <Loaded query={panel}>{(loaded) => <Rated panel={loaded} />}</Loaded>
    </Page>
  );
}

function Rated({ panel }: { readonly panel: OwnPanel }) {
  const { t } = useTranslation('console');
  const { closedRound, isOpen } = panel;
  return (
    <>
      <h2>
        <Named panel={panel} />
      </h2>
      <p>{t('ratings.about')}</p>
      <p className="soft">{t('standard.changesNothing')}</p>
      <Standing panel={panel} />
      {closedRound && (
        <section className="section" aria-labelledby="closed-round">
          <h2 id="closed-round">{t('ratings.roundCameTo', { round: closedRound.number })}</h2>
          <Standard standard={closedRound.standard} />
        </section>
      )}
      {isOpen ? (
        <Open key={panel.round} panel={panel} />
      ) : (
        panel.items.map((item, index) => <Item key={item.itemId} item={item} number={index + 1} />)
      )}
    </>
  );
}

/** Why nothing is rated now. */
function Standing({ panel: { isOpen, closedAt, round, fromRound, resultRound } }: { readonly panel: OwnPanel }) {
  const { t } = useTranslation('console');
  if (isOpen) return null;
  const words = () => {
    if (closedAt !== null) return resultRound === null ? t('ratings.panelClosedWithout') : t('ratings.panelClosed', { round: resultRound });
    return fromRound > round ? t('ratings.later', { round: fromRound }) : t('ratings.closed', { round });
  };
  return <p className="note">{words()}</p>;
}

function Open({ panel }: { readonly panel: OwnPanel }) {
  const { t } = useTranslation('console');
  const subject = usePerson()?.subject ?? '';
  const saved = useMemo(() => savedRatings(panel), [panel]);
  const keeper = useKeeper(() => createRatingKeeper({ subject, panel }), { place: `${subject} ${panel.id} ${panel.round}`, saved });
  return keeper ? <Items panel={panel} keeper={keeper} /> : <p className="loading">{t('ratings.opening')}</p>;
}

function Items({ panel, keeper }: { readonly panel: OwnPanel; readonly keeper: RatingKeeper }) {
  const { t } = useTranslation('console');
  const entries = useSyncExternalStore(keeper.subscribe, keeper.read);
  const { closed, items } = entries;
  useWarningBeforeLeaving(closed ? { ...entries, items: {} } : entries);
  const done = panel.items.filter(({ itemId }) => items[itemId] !== undefined).length;
  return (
    <>
      <div className="work-bar" role="region" aria-label={t('ratings.bar')}>
        <span>{t('panels.progress', { done, all: panel.items.length })}</span>
        <SaveState entries={entries} words={(key, count) => t(`ratings.save.${key}`, { count })} />
      </div>
      <NotOnDevice keptOnDevice={entries.keptOnDevice} />
      <SessionEnded entries={entries} />
      {closed && (
        <p className="note warning" role="alert">
          {closed.detail}
        </p>
      )}
      {panel.items.map((item, index) => (
        <Item key={item.itemId} item={item} number={index + 1}>
          <Rating item={item} number={index + 1} keeper={keeper} isDisabled={closed !== undefined} />
        </Item>
      ))}
    </>
  );
}

type ItemProps = { readonly item: ItemToRate; readonly number: number; readonly children?: ReactNode };

function Item({ item, number, children }: ItemProps) {
  const { t } = useTranslation('console');
  const { points, share } = useEstimates();
  const { itemId, prompt, choices, modelAnswer, facility, closed, rating } = item;
  return (
    <section className="card section" aria-labelledby={`item-${itemId}`}>
      <h3 id={`item-${itemId}`}>{t('ratings.item', { number, points: points(item.points) })}</h3>
      <p className="prompt">{prompt}</p>
      {choices.length > 0 && (
        <ul>
          {choices.map(({ id, text, isKey }) => (
            <li key={id}>
              {text} {isKey && <span className="badge good">{t('exam.isCorrect')}</span>}
            </li>
          ))}
        </ul>
      )}
      {modelAnswer !== null && (
        <details>
          <summary>{t('ratings.modelAnswer')}</summary>
          <p className="prompt">{modelAnswer}</p>
        </details>
      )}
      {facility !== null && <p>{t('ratings.facility', { share: share(facility) })}</p>}
      {closed && <p>{t('ratings.panelRated', { mean: share(closed.mean), lowest: share(closed.lowest), highest: share(closed.highest) })}</p>}
      {closed?.own != null && <p>{t('ratings.ownWas', { share: share(closed.own) })}</p>}
      {children ?? (rating && closed === null && <p>{t('ratings.ownWas', { share: share(rating.percent / 100) })}</p>)}
    </section>
  );
}

type RatingProps = { readonly item: ItemToRate; readonly number: number; readonly keeper: RatingKeeper; readonly isDisabled: boolean };

/** As it is typed; what is no whole per cent is said, and not sent. */
function Rating({ item: { itemId }, number, keeper, isDisabled }: RatingProps) {
  const { t } = useTranslation('console');
  const { items } = useSyncExternalStore(keeper.subscribe, keeper.read);
  const entry = items[itemId];
  const [text, setText] = useState(entry ? String(entry.value) : '');
  // Taken over from another window, or chosen after a conflict.
  useEffect(() => {
    if (entry) setText((typed) => (percentIn(typed) === entry.value ? typed : String(entry.value)));
  }, [entry?.value]);
  const isWrong = text.trim() !== '' && percentIn(text) === undefined;
  return (
    <>
      <TextField
        className="field"
        value={text}
        isInvalid={isWrong}
        isDisabled={isDisabled}
        onChange={(typed) => {
          setText(typed);
          const percent = percentIn(typed);
          if (percent !== undefined && percent !== entry?.value) keeper.change(itemId, percent);
        }}
      >
        <Label>{t('ratings.label', { number })}</Label>
        <Input className="input rating-input" inputMode="numeric" autoComplete="off" />
        <FieldError>{t('ratings.wrong')}</FieldError>
      </TextField>
      <EntryNote itemId={itemId} entry={entry} keeper={keeper} newer={(value) => <p>{t('ratings.conflict', { percent: value })}</p>} />
    </>
  );
}
