import { useTranslation } from 'react-i18next';
import type { RouteObject } from 'react-router';
import type { NavigationEntry } from '../frame/Layout.tsx';
import { Home } from './Home.tsx';

/** Who writes exams finds these alone. */
const READERS = ['staff', 'auditor'];

export const routes: RouteObject[] = [
  { index: true, element: <Home /> },
  { path: 'attempts/:attemptId', lazy: async () => ({ Component: (await import('./AttemptPage.tsx')).AttemptPage }) },
  { path: 'graders', lazy: async () => ({ Component: (await import('./Graders.tsx')).Graders }) },
  { path: 'graders/:subject', lazy: async () => ({ Component: (await import('./GraderPage.tsx')).GraderPage }) },
  { path: 'seeds', lazy: async () => ({ Component: (await import('./Seeds.tsx')).Seeds }) },
  { path: 'pay-rates', lazy: async () => ({ Component: (await import('./PayRates.tsx')).PayRates }) },
  { path: 'exams', lazy: async () => ({ Component: (await import('./Exams.tsx')).Exams }) },
  { path: 'exams/propose', lazy: async () => ({ Component: (await import('./ProposeExam.tsx')).ProposeExam }) },
  { path: 'exams/:examId/quality', lazy: async () => ({ Component: (await import('./ItemQualityPage.tsx')).ItemQualityPage }) },
  { path: 'exams/:examId/comments', lazy: async () => ({ Component: (await import('./Comments.tsx')).Comments }) },
  { path: 'exams/:examId/:version', lazy: async () => ({ Component: (await import('./ExamVersionPage.tsx')).ExamVersionPage }) },
  { path: 'exam-proposals/:proposalId', lazy: async () => ({ Component: (await import('./ExamProposalPage.tsx')).ExamProposalPage }) },
  { path: 'promises', lazy: async () => ({ Component: (await import('./Promises.tsx')).Promises }) },
  { path: 'marking-plan', lazy: async () => ({ Component: (await import('./MarkingPlan.tsx')).MarkingPlan }) },
  { path: 'claimed-acts', lazy: async () => ({ Component: (await import('./Claims.tsx')).Claims }) },
  { path: 'undelivered', lazy: async () => ({ Component: (await import('./Undelivered.tsx')).Undelivered }) },
  { path: 'overdue', lazy: async () => ({ Component: (await import('./Overdue.tsx')).Overdue }) },
];

export const navigation: readonly NavigationEntry[] = [
  { path: '/', Label: () => useTranslation('console').t('navigation.search'), roles: READERS },
  { path: '/claimed-acts', Label: () => useTranslation('console').t('navigation.claims'), roles: READERS },
  { path: '/overdue', Label: () => useTranslation('console').t('navigation.overdue'), roles: READERS },
  { path: '/undelivered', Label: () => useTranslation('console').t('navigation.undelivered'), roles: READERS },
  { path: '/graders', Label: () => useTranslation('console').t('navigation.graders'), roles: READERS },
  { path: '/exams', Label: () => useTranslation('console').t('navigation.exams') },
  { path: '/promises', Label: () => useTranslation('console').t('navigation.promises'), roles: READERS },
  { path: '/marking-plan', Label: () => useTranslation('console').t('navigation.markingPlan'), roles: READERS },
];
