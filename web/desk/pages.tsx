import { useTranslation } from 'react-i18next';
import type { RouteObject } from 'react-router';
import type { NavigationGroup } from '../frame/navigation.ts';
import { Desk } from './Desk.tsx';

export const routes: RouteObject[] = [
  { index: true, element: <Desk /> },
  { path: 'assignments/:assignmentId', lazy: async () => ({ Component: (await import('./MarkingPage.tsx')).MarkingPage }) },
  { path: 'seeds/:seedId', lazy: async () => ({ Component: (await import('./SeedPage.tsx')).SeedPage }) },
  { path: 'agreement', lazy: async () => ({ Component: (await import('./Agreement.tsx')).AgreementPage }) },
  { path: 'pay', lazy: async () => ({ Component: (await import('./Pay.tsx')).PayPage }) },
  { path: 'mails', lazy: async () => ({ Component: (await import('./Mails.tsx')).MailsPage }) },
];

export const navigation: readonly NavigationGroup[] = [
  { path: '/', Label: () => useTranslation('desk').t('navigation.desk'), leadsTo: ['/assignments', '/seeds'] },
  { path: '/agreement', Label: () => useTranslation('desk').t('navigation.agreement') },
  { path: '/pay', Label: () => useTranslation('desk').t('navigation.pay') },
  { path: '/mails', Label: () => useTranslation('desk').t('navigation.mails') },
];
