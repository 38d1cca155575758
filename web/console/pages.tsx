import { useTranslation } from 'react-i18next';
import type { RouteObject } from 'react-router';
import type { NavigationGroup } from '../frame/navigation.ts';
import { Home } from './Home.tsx';
import type texts from './texts/en.json';

/** Who writes exams finds these alone. */
const READERS = ['staff', 'auditor'];

export const routes: RouteObject[] = [
  { index: true, element: <Home /> },
  { path: 'attempts/:attemptId', lazy: async () => ({ Component: (await import('./AttemptPage.tsx')).AttemptPage }) },
  { path: 'attempts/:attemptId/trail', lazy: async () => ({ Component: (await import('./Trail.tsx')).Trail }) },
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
  { path: 'reports', lazy: async () => ({ Component: (await import('./Reports.tsx')).Reports }) },
  { path: 'reports/:reportId', lazy: async () => ({ Component: (await import('./ReportPage.tsx')).ReportPage }) },
  { path: 'panels', lazy: async () => ({ Component: (await import('./Panels.tsx')).Panels }) },
  { path: 'panels/:panelId', lazy: async () => ({ Component: (await import('./PanelPage.tsx')).PanelPage }) },
  { path: 'panels/:panelId/ratings', lazy: async () => ({ Component: (await import('./RatingPage.tsx')).RatingPage }) },
  { path: 'promises', lazy: async () => ({ Component: (await import('./Promises.tsx')).Promises }) },
  { path: 'marking-plan', lazy: async () => ({ Component: (await import('./MarkingPlan.tsx')).MarkingPlan }) },
  { path: 'claimed-acts', lazy: async () => ({ Component: (await import('./Claims.tsx')).Claims }) },
  { path: 'two-persons', lazy: async () => ({ Component: (await import('./TwoPersons.tsx')).TwoPersons }) },
  { path: 'retention', lazy: async () => ({ Component: (await import('./Retention.tsx')).Retention }) },
  { path: 'appeals', lazy: async () => ({ Component: (await import('./Appeals.tsx')).Appeals }) },
  { path: 'complaints', lazy: async () => ({ Component: (await import('./Complaints.tsx')).Complaints }) },
  { path: 'regrades', lazy: async () => ({ Component: (await import('./Regrades.tsx')).Regrades }) },
  { path: 'regrades/:regradeId', lazy: async () => ({ Component: (await import('./RegradePage.tsx')).RegradePage }) },
  { path: 'undelivered', lazy: async () => ({ Component: (await import('./Undelivered.tsx')).Undelivered }) },
  { path: 'leases', lazy: async () => ({ Component: (await import('./Leases.tsx')).Leases }) },
  { path: 'corrections', lazy: async () => ({ Component: (await import('./Corrections.tsx')).Corrections }) },
  { path: 'candidates', lazy: async () => ({ Component: (await import('./Candidates.tsx')).Candidates }) },
  { path: 'candidates/:candidateId', lazy: async () => ({ Component: (await import('./Candidates.tsx')).CandidatePage }) },
  { path: 'webhooks', lazy: async () => ({ Component: (await import('./Webhooks.tsx')).Webhooks }) },
  { path: 'overdue', lazy: async () => ({ Component: (await import('./Overdue.tsx')).Overdue }) },
];

const words = (key: keyof typeof texts.navigation) => () => useTranslation('console').t(`navigation.${key}`);

export const navigation: readonly NavigationGroup[] = [
  {
    Label: words('search'),
    pages: [
      { path: '/', Label: words('search'), roles: READERS, leadsTo: ['/attempts'] },
      { path: '/candidates', Label: words('candidates'), roles: READERS },
      { path: '/corrections', Label: words('corrections'), roles: READERS },
      { path: '/retention', Label: words('retention'), roles: READERS },
    ],
  },
  {
    Label: words('work'),
    pages: [
      { path: '/overdue', Label: words('overdue'), roles: READERS },
      { path: '/leases', Label: words('leases'), roles: READERS },
      { path: '/promises', Label: words('promises'), roles: READERS },
      { path: '/appeals', Label: words('appeals'), roles: READERS },
      { path: '/complaints', Label: words('complaints'), roles: READERS },
      { path: '/regrades', Label: words('regrades'), roles: READERS },
      { path: '/two-persons', Label: words('twoPersons'), roles: READERS },
      { path: '/claimed-acts', Label: words('claims'), roles: READERS },
      { path: '/undelivered', Label: words('undelivered'), roles: READERS },
      { path: '/webhooks', Label: words('webhooks'), roles: READERS },
    ],
  },
  {
    Label: words('graders'),
    pages: [
      { path: '/graders', Label: words('graders'), roles: READERS },
      { path: '/seeds', Label: words('seeds'), roles: READERS },
      { path: '/pay-rates', Label: words('payRates'), roles: READERS },
      { path: '/marking-plan', Label: words('markingPlan'), roles: READERS },
    ],
  },
  {
    Label: words('exams'),
    pages: [
      { path: '/exams', Label: words('exams'), leadsTo: ['/exam-proposals'] },
      { path: '/reports', Label: words('reports') },
      { path: '/panels', Label: words('panels') },
    ],
  },
];
