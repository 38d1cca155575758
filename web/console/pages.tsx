import { useTranslation } from 'react-i18next';
import type { RouteObject } from 'react-router';
import type { NavigationEntry } from '../frame/Layout.tsx';
import { Search } from './Search.tsx';

export const routes: RouteObject[] = [
  { index: true, element: <Search /> },
  { path: 'attempts/:attemptId', lazy: async () => ({ Component: (await import('./AttemptPage.tsx')).AttemptPage }) },
  { path: 'graders', lazy: async () => ({ Component: (await import('./Graders.tsx')).Graders }) },
  { path: 'graders/:subject', lazy: async () => ({ Component: (await import('./GraderPage.tsx')).GraderPage }) },
  { path: 'pay-rates', lazy: async () => ({ Component: (await import('./PayRates.tsx')).PayRates }) },
  { path: 'promises', lazy: async () => ({ Component: (await import('./Promises.tsx')).Promises }) },
  { path: 'marking-plan', lazy: async () => ({ Component: (await import('./MarkingPlan.tsx')).MarkingPlan }) },
  { path: 'claimed-acts', lazy: async () => ({ Component: (await import('./Claims.tsx')).Claims }) },
  { path: 'overdue', lazy: async () => ({ Component: (await import('./Overdue.tsx')).Overdue }) },
];

export const navigation: readonly NavigationEntry[] = [
  { path: '/', Label: () => useTranslation('console').t('navigation.search') },
  { path: '/claimed-acts', Label: () => useTranslation('console').t('navigation.claims') },
  { path: '/overdue', Label: () => useTranslation('console').t('navigation.overdue') },
  { path: '/graders', Label: () => useTranslation('console').t('navigation.graders') },
  { path: '/promises', Label: () => useTranslation('console').t('navigation.promises') },
  { path: '/marking-plan', Label: () => useTranslation('console').t('navigation.markingPlan') },
];
