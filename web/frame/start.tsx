import { QueryClientProvider } from '@tanstack/react-query';
import type { i18n } from 'i18next';
import { StrictMode, useEffect, type ReactNode } from 'react';
import { I18nProvider, RouterProvider as LinkProvider } from 'react-aria-components';
import { createRoot } from 'react-dom/client';
import { I18nextProvider, useTranslation } from 'react-i18next';
import { createBrowserRouter, useHref, useNavigate, type RouteObject } from 'react-router';
import { RouterProvider } from 'react-router/dom';
import { DOORS, type Door } from './doors.ts';
import { Fault } from './Fault.tsx';
import { useSignInForRequests } from './http.ts';
import { Layout } from './Layout.tsx';
import type { NavigationGroup } from './navigation.ts';
import { createQueryClient } from './query.ts';
import { SessionContext, type Opened } from './session.tsx';
import type { SignIn } from './sign-in.ts';
import { createTexts } from './texts.ts';

export type DoorPages = {
  readonly door: Door;
  /** Paths below the door's own. */
  readonly routes: RouteObject[];
  /** Of the header, in order. */
  readonly navigation: readonly NavigationGroup[];
};

export type Start = (begun: { readonly signingIn: Promise<SignIn>; readonly opened?: Opened }) => Promise<void>;

/** Everything that a door's page needs to run: its texts and who is signed in, which `open.ts` has asked for already, then the pages. */
export async function startDoor({ door, routes, navigation }: DoorPages, { signingIn, opened }: Parameters<Start>[0]): Promise<void> {
  const root = createRoot(document.getElementById('root') ?? document.body);
  const texts = await createTexts(door);
  const inTexts = (children: ReactNode) => (
    <StrictMode>
      <I18nextProvider i18n={texts}>
        <Localised texts={texts}>{children}</Localised>
      </I18nextProvider>
    </StrictMode>
  );
  try {
    const signIn = await signingIn;
    useSignInForRequests(signIn);
    const router = createBrowserRouter(
      [
        {
          element: (
            <LinkedPages>
              <Layout navigation={navigation} />
            </LinkedPages>
          ),
          errorElement: <Fault />,
          children: [...routes, { path: '*', element: <Fault missing /> }],
        },
      ],
      { basename: DOORS[door].path },
    );
    root.render(
      inTexts(
        <QueryClientProvider client={createQueryClient()}>
          <SessionContext value={{ door, signIn, ...(opened && { opened }) }}>
            <RouterProvider router={router} />
          </SessionContext>
        </QueryClientProvider>,
      ),
    );
  } catch (error) {
    console.error(error);
    root.render(inTexts(<Fault />));
  }
}

/** Links of React Aria's components go through the router, and pages begin at their top. */
function LinkedPages({ children }: { readonly children: ReactNode }) {
  const navigate = useNavigate();
  return (
    <LinkProvider navigate={(href) => void navigate(href)} useHref={useHref}>
      {children}
    </LinkProvider>
  );
}

function Localised({ texts, children }: { readonly texts: i18n; readonly children: ReactNode }) {
  const { i18n } = useTranslation('frame');
  useEffect(() => {
    document.documentElement.lang = texts.language;
  }, [texts.language]);
  return <I18nProvider locale={i18n.language}>{children}</I18nProvider>;
}
