import { useTranslation } from 'react-i18next';
import type { RouteObject } from 'react-router';
import type { NavigationGroup } from '../frame/navigation.ts';
import { Overview } from './Overview.tsx';

export const routes: RouteObject[] = [
  { index: true, element: <Overview /> },
  { path: 'exams/:examId', lazy: async () => ({ Component: (await import('./ExamPage.tsx')).ExamPage }) },
  { path: 'privacy', lazy: async () => ({ Component: (await import('./Privacy.tsx')).Privacy }) },
  { path: 'attempts/:attemptId', lazy: async () => ({ Component: (await import('./AttemptPage.tsx')).AttemptPage }) },
  { path: 'attempts/:attemptId/test', lazy: async () => ({ Component: (await import('./TestRoom.tsx')).TestRoom }) },
  { path: 'attempts/:attemptId/case-study', lazy: async () => ({ Component: (await import('./CaseStudyPage.tsx')).CaseStudyPage }) },
  {
    path: 'attempts/:attemptId/submissions/:submissionId',
    lazy: async () => ({ Component: (await import('./SubmissionPage.tsx')).SubmissionPage }),
  },
];

export const navigation: readonly NavigationGroup[] = [
  { path: '/', Label: () => useTranslation('exam').t('navigation.overview'), leadsTo: ['/exams', '/attempts'] },
  { path: '/privacy', Label: () => useTranslation('exam').t('navigation.privacy') },
];
