import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { doorsOf } from './doors.ts';
import { entryAt, groupsFor, type NavigationGroup } from './navigation.ts';
import { usePerson, useSession } from './session.tsx';
import type { Person } from './sign-in.ts';
import { Welcome, WrongDoor } from './Welcome.tsx';

const PreferencesMenu = lazy(async () => ({ default: (await import('./PreferencesMenu.tsx')).PreferencesMenu }));

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
          {isTheirs && <Navigation groups={groupsFor(person.roles, navigation)} />}
          <Preferences person={person} />
        </div>
      </header>
      <Main>{person === undefined ? <Welcome /> : isTheirs ? <Outlet /> : <WrongDoor person={person} />}</Main>
    </div>
  );
}

function Navigation({ groups }: { readonly groups: ReturnType<typeof groupsFor> }) {
  const { t } = useTranslation('frame');
  const { pathname } = useLocation();
  const current = entryAt(
    pathname,
    groups.flatMap(({ pages }) => pages),
  );
  const open = groups.find(({ pages }) => pages.some((page) => page === current));
  if (groups.length === 0) return null;
  return (
    <>
      <nav className="frame-navigation" aria-label={t('navigation')}>
        {groups.map((group) => {
          const [first] = group.pages;
          // Of a group, the page itself is told in the line below.
          const isPage = group.pages.length === 1 && pathname === first?.path;
          return (
            <NavigationLink key={first?.path} to={first?.path ?? '/'} isOpen={group === open} isPage={isPage}>
              <group.Label />
            </NavigationLink>
          );
        })}
      </nav>
      {open && open.pages.length > 1 && (
        <nav className="frame-navigation below" aria-label={t('navigationBelow')}>
          {open.pages.map(({ path, Label }) => (
            <NavigationLink key={path} to={path} isOpen={path === current?.path} isPage={path === pathname}>
              <Label />
            </NavigationLink>
          ))}
        </nav>
      )}
    </>
  );
}

type NavigationLinkProps = { readonly to: string; readonly isOpen: boolean; readonly isPage: boolean; readonly children: ReactNode };

/** Lit also while one of the pages below it is open; only the page itself is called the current one. */
function NavigationLink({ to, isOpen, isPage, children }: NavigationLinkProps) {
  return (
    <Link to={to} className={isOpen ? 'active' : ''} aria-current={isOpen ? (isPage ? 'page' : 'true') : undefined}>
      {children}
    </Link>
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
