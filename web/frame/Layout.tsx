import { useEffect, useRef, type ReactNode } from 'react';
import { Button, Menu, MenuItem, MenuSection, MenuTrigger, Header, Popover, Separator } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { NavLink, Outlet, useLocation } from 'react-router';
import { DOORS, doorsOf } from './doors.ts';
import { usePerson, useSession } from './session.tsx';
import type { Person } from './sign-in.ts';
import { LANGUAGES, speak, type Language } from './texts.ts';
import { chooseTheme, chosenTheme, THEMES, type Theme } from './theme.ts';
import { Welcome, WrongDoor } from './Welcome.tsx';

export type NavigationEntry = {
  /** Below the door: `/` is its first page. */
  readonly path: string;
  /** A hook, since texts are a component's. */
  readonly Label: () => ReactNode;
  /** Whoever has one of them finds it; without: everybody whose door it is. */
  readonly roles?: readonly string[];
};

/** Header, the page, and nothing else: what every page of a door stands in. Asks who is not signed in to do so. */
export function Layout({ navigation }: { readonly navigation: readonly NavigationEntry[] }) {
  const { t } = useTranslation('frame');
  const { door } = useSession();
  const person = usePerson();
  const isTheirs = person !== undefined && doorsOf(person.roles).includes(door);
  return (
    <div className="frame">
      <a className="skip-link" href="#main">
        {t('skip')}
      </a>
      <header className="frame-header">
        <div className="frame-header-row">
          <NavLink className="brand" to="/">
            <BrandMark />
            <span className="brand-name">{t('brand')}</span>
            <span className="brand-door">{t(`door.${door}.name`)}</span>
          </NavLink>
          {isTheirs && navigation.length > 0 && (
            <nav className="frame-navigation" aria-label={t('navigation')}>
              {navigation
                .filter(({ roles }) => roles?.some((role) => person.roles.includes(role)) ?? true)
                .map(({ path, Label }) => (
                  <NavLink key={path} to={path} end={path === '/'}>
                    <Label />
                  </NavLink>
                ))}
            </nav>
          )}
          <Preferences person={person} />
        </div>
      </header>
      <Main>{person === undefined ? <Welcome /> : isTheirs ? <Outlet /> : <WrongDoor person={person} />}</Main>
    </div>
  );
}

/** A new page takes the focus, so that a screen reader says where one is. */
function Main({ children }: { readonly children: ReactNode }) {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) first.current = false;
    else main.current?.focus();
    scrollTo(0, 0);
  }, [pathname]);
  return (
    <main id="main" className="frame-main" ref={main} tabIndex={-1}>
      {children}
    </main>
  );
}

/** Language, colours, other doors and the way out, in one menu under the name of who is signed in. */
function Preferences({ person }: { readonly person: Person | undefined }) {
  const { t, i18n } = useTranslation('frame');
  const { door, signIn } = useSession();
  const others = person ? doorsOf(person.roles).filter((other) => other !== door) : [];
  const choose = (key: string) => {
    const [kind, value = ''] = key.split(':');
    if (kind === 'language') void speak(i18n, { language: value as Language, door });
    else if (kind === 'theme') chooseTheme(value as Theme);
    else if (kind === 'door') location.assign(DOORS[value as keyof typeof DOORS].path);
    else void signIn.end();
  };
  return (
    <MenuTrigger>
      <Button className="button quiet person">
        <span className="person-initial" aria-hidden="true">
          {person ? Array.from(person.name)[0] : '☰'}
        </span>
        <span className="visually-hidden">{t('menu')}</span>
        {person && <span className="person-name">{person.name}</span>}
      </Button>
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

function BrandMark() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M9 16.5l4.8 4.8L23.5 11" />
    </svg>
  );
}
