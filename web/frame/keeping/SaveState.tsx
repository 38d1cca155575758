import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useSession } from '../session.tsx';
import type { Entries } from './keeper.ts';

type SaveStateProps = {
  readonly entries: Entries<unknown>;
  /** A door's words for what needs its person, and for how many wait without a connection: on the device, or in the open page alone. */
  readonly words: (key: 'needsCare' | 'offline' | 'offlineOpen', count: number) => string;
};

/** Whether the API has everything, truthfully. */
export function SaveState({ entries: { items, disconnected, signedOut, keptOnDevice }, words }: SaveStateProps) {
  const { t } = useTranslation('frame');
  const states = Object.values(items).map(({ state }) => state);
  const unsaved = states.filter((state) => state !== 'saved').length;
  const [tone, text] = states.some((state) => state === 'conflict' || state === 'refused')
    ? ['bad', words('needsCare', unsaved)]
    : disconnected && unsaved > 0
      ? ['warning', words(keptOnDevice ? 'offline' : 'offlineOpen', unsaved)]
      : unsaved > 0
        ? signedOut
          ? ['warning', t('save.signedOut')]
          : ['', t('save.saving')]
        : ['good', t('save.saved')];
  return (
    <span className={`badge ${tone}`} role="status" data-testid="save-state">
      {text}
    </span>
  );
}

/** Said before anything is typed where only the open page holds it. */
export function NotOnDevice({ keptOnDevice }: Pick<Entries<unknown>, 'keptOnDevice'>) {
  const { t } = useTranslation('frame');
  return keptOnDevice ? null : <p className="note warning">{t('save.notOnDevice')}</p>;
}

/** Where the sign-in ran out while somebody typed: there is one way on, and what was typed waits for it. */
export function SessionEnded({ entries: { signedOut, keptOnDevice } }: Pick<SaveStateProps, 'entries'>) {
  const { t } = useTranslation('frame');
  const { signIn } = useSession();
  if (!signedOut) return null;
  return (
    <div className="note warning" role="alert">
      <p>{t('problem.unauthenticated')}</p>
      <p>{t(keptOnDevice ? 'save.sentAfterSignIn' : 'save.lostWithSignIn')}</p>
      <div className="note-actions">
        <Button className="button primary" onPress={() => void signIn.begin()}>
          {t('signInAgain')}
        </Button>
      </div>
    </div>
  );
}
