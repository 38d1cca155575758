import { useState } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { DOORS, doorsOf } from './doors.ts';
import { useSession } from './session.tsx';
import type { Person } from './sign-in.ts';
import { TroubleNote } from './TroubleNote.tsx';

/** What somebody sees who is not signed in, as shell.html has it before the scripts are there. */
export function Welcome() {
  const { t } = useTranslation('frame');
  const { door, signIn, opened } = useSession();
  const [trouble, setTrouble] = useState(opened?.trouble);
  const [isLeaving, setLeaving] = useState(false);
  const begin = () => {
    setTrouble(undefined);
    setLeaving(true);
    signIn.begin().catch((error: unknown) => {
      setLeaving(false);
      setTrouble(error);
    });
  };
  return (
    <div className="card narrow welcome">
      <h1>{t(`door.${door}.title`)}</h1>
      <p>{t(`door.${door}.about`)}</p>
      {trouble !== undefined && <TroubleNote error={trouble} />}
      <Button className="button primary" isPending={isLeaving} onPress={begin}>
        {t('signIn')}
      </Button>
    </div>
  );
}

/** For who is signed in and has none of the door's roles. */
export function WrongDoor({ person }: { readonly person: Person }) {
  const { t } = useTranslation('frame');
  const { door } = useSession();
  const theirs = doorsOf(person.roles);
  return (
    <div className="card narrow">
      <h1>{t('wrongDoor.title')}</h1>
      <p>{t('wrongDoor.about', { name: person.name, door: t(`door.${door}.name`) })}</p>
      {theirs.length === 0 ? (
        <p>{t('wrongDoor.none')}</p>
      ) : (
        <ul className="plain-list">
          {theirs.map((other) => (
            <li key={other}>
              <a className="button" href={DOORS[other].path}>
                {t(`door.${other}.name`)}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
