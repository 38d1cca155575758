import type { ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuSection, MenuTrigger, Header, Popover, Separator } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { DOORS, doorsOf } from './doors.ts';
import { LANGUAGES, type Language } from './language.ts';
import { useSession } from './session.tsx';
import type { Person } from './sign-in.ts';
import { speak } from './texts.ts';
import { chooseTheme, chosenTheme, THEMES, type Theme } from './theme.ts';

/** Language, colours, other doors and the way out, in one menu under the name of who is signed in. */
export function PreferencesMenu({ person, children }: { readonly person: Person | undefined; readonly children: ReactNode }) {
  const { t, i18n } = useTranslation('frame');
  const { door, signIn, opened } = useSession();
  const others = person ? doorsOf(person.roles).filter((other) => other !== door) : [];
  const choose = (key: string) => {
    const [kind, value = ''] = key.split(':');
    if (kind === 'language') void speak(i18n, { language: value as Language, door });
    else if (kind === 'theme') chooseTheme(value as Theme);
    else if (kind === 'door') location.assign(DOORS[value as keyof typeof DOORS].path);
    else void signIn.end();
  };
  return (
    <MenuTrigger defaultOpen={opened?.menu ?? false}>
      <Button className="button quiet person">{children}</Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" onAction={(key) => choose(String(key))} aria-label={t('menu')}>
          <MenuSection selectionMode="single" selectedKeys={[`language:${i18n.language}`]}>
            <Header>{t('language')}</Header>
            {LANGUAGES.map((language) => (
              <MenuItem key={language} id={`language:${language}`}>
                {t(`languages.${language}`)}
              </MenuItem>
            ))}
          </MenuSection>
          <Separator />
          <MenuSection selectionMode="single" selectedKeys={[`theme:${chosenTheme()}`]}>
            <Header>{t('theme')}</Header>
            {THEMES.map((theme) => (
              <MenuItem key={theme} id={`theme:${theme}`}>
                {t(`themes.${theme}`)}
              </MenuItem>
            ))}
          </MenuSection>
          {others.length > 0 && <Separator />}
          {others.length > 0 && (
            <MenuSection>
              <Header>{t('otherDoors')}</Header>
              {others.map((other) => (
                <MenuItem key={other} id={`door:${other}`}>
                  {t(`door.${other}.name`)}
                </MenuItem>
              ))}
            </MenuSection>
          )}
          {person && <Separator />}
          {person && <MenuItem id="sign-out">{t('signOut')}</MenuItem>}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
