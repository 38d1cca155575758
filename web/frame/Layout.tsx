import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { doorsOf } from './doors.ts';
import { usePerson, useSession } from './session.tsx';
import type { Person } from './sign-in.ts';
import { Welcome, WrongDoor } from './Welcome.tsx';

const PreferencesMenu = lazy(async () => ({ default: (await import('./PreferencesMenu.tsx')).PreferencesMenu }));

type NavigationEntry = {
  /** Below the door: `/` is its first page. */
  readonly path: string;
  /** A hook, since texts are a component's. */
  readonly Label: () => ReactNode;
  /** Whoever has one of them finds it; without: everybody whose door it is. */
  readonly roles?: readonly string[];
};

/** Pages that belong together stand under one word in the header, and below it while one of them is open. */
export type NavigationGroup = NavigationEntry | { readonly Label: () => ReactNode; readonly pages: readonly NavigationEntry[] };

/** Header, the page, and nothing else: what every page of a door stands in. Asks who is not signed in to do so. */
export function Layout({ navigation }: { readonly navigation: readonly NavigationGroup[] }) {
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
          {isTheirs && <Navigation groups={groupsFor(person, navigation)} />}
          <Preferences person={person} />
        </div>
      </header>
      <Main>{person === undefined ? <Welcome /> : isTheirs ? <Outlet /> : <WrongDoor person={person} />}</Main>
    </div>
  );
}

type ShownGroup = { readonly Label: () => ReactNode; readonly pages: readonly NavigationEntry[] };

function groupsFor({ roles: held }: Person, navigation: readonly NavigationGroup[]): readonly ShownGroup[] {
  const isFor = ({ roles }: NavigationEntry) => roles?.some((role) => held.includes(role)) ?? true;
  return navigation
    .map((group) => ('pages' in group ? group : { Label: group.Label, pages: [group] }))
    .map(({ Label, pages }) => ({ Label, pages: pages.filter(isFor) }))
    .filter(({ pages }) => pages.length > 0);
}

const isOpen = (path: string, pathname: string) => pathname === path || (path !== '/' && pathname.startsWith(`${path}/`));

function Navigation({ groups }: { readonly groups: readonly ShownGroup[] }) {
  const { t } = useTranslation('frame');
  const { pathname } = useLocation();
  const open = groups.find(({ pages }) => pages.some(({ path }) => isOpen(path, pathname)));
  if (groups.length === 0) return null;
  return (
    <>
      <nav className="frame-navigation" aria-label={t('navigation')}>
        {groups.map((group) => (
          <Link
            key={group.pages[0]?.path}
            to={group.pages[0]?.path ?? '/'}
            className={group === open ? 'active' : ''}
            aria-current={group !== open ? undefined : group.pages.length > 1 ? 'true' : 'page'}
          >
            <group.Label />
          </Link>
        ))}
      </nav>
      {open && open.pages.length > 1 && (
        <nav className="frame-navigation below" aria-label={t('navigationBelow')}>
          {open.pages.map(({ path, Label }) => (
            <NavLink key={path} to={path}>
              <Label />
            </NavLink>
          ))}
        </nav>
      )}
    </>
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

/** Its menu is loaded once the page stands. */
function Preferences({ person }: { readonly person: Person | undefined }) {
  const face = <PreferencesFace person={person} />;
  return (
    <Suspense fallback={<span className="button quiet person">{face}</span>}>
      <PreferencesMenu person={person}>{face}</PreferencesMenu>
    </Suspense>
  );
}

function PreferencesFace({ person }: { readonly person: Person | undefined }) {
  const { t } = useTranslation('frame');
  return (
    <>
      <span className="person-initial" aria-hidden="true">
        {person ? Array.from(person.name)[0] : '☰'}
      </span>
      <span className="visually-hidden">{t('menu')}</span>
      {person && <span className="person-name">{person.name}</span>}
    </>
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
