import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { TroubleNote } from '../TroubleNote.tsx';
import type { Entry, Keeper } from './keeper.ts';

type EntryNoteProps<Value> = {
  readonly itemId: string;
  readonly entry: Entry<Value> | undefined;
  readonly keeper: Keeper<Value>;
  /** What another window or device has saved, in words. */
  readonly newer: (value: Value) => ReactNode;
};

/** What there is to say of one thing that is typed: nothing, as long as it is saved or on its way. */
export function EntryNote<Value>({ itemId, entry, keeper, newer }: EntryNoteProps<Value>) {
  const { t } = useTranslation('frame');
  if (entry?.fromElsewhere) return <p className="note">{t('save.fromElsewhere')}</p>;
  if (entry?.state === 'refused') return <TroubleNote error={entry.refusal} />;
  if (entry?.state !== 'conflict' || !entry.newer) return null;
  return (
    <div className="note warning" role="alert">
      {newer(entry.newer.value)}
      <div className="note-actions">
        <Button className="button" onPress={() => keeper.choose(itemId, 'newer')}>
          {t('save.takeNewer')}
        </Button>
        <Button className="button" onPress={() => keeper.choose(itemId, 'own')}>
          {t('save.keepOwn')}
        </Button>
      </div>
    </div>
  );
}
