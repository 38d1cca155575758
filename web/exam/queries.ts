import { queryOptions, useQuery } from '@tanstack/react-query';
import { live } from '../frame/query.ts';
import { setServerTime } from '../frame/server-clock.ts';
import {
  getAptitudeTest,
  getAttempt,
  getCaseStudy,
  getExam,
  listAttempts,
  listNotices,
  listOwnAppeals,
  listOwnComplaints,
  listResults,
  listSubmissions,
  listUploads,
  readOwnErasure,
} from '../generated/client.ts';

/** What the exam room reads, and how often it looks whether somebody changed it. */

const REFRESH_SECONDS = 15;

/** Hands the answer on, and its clock to all that count down. */
function inTime<Body extends { readonly serverTime: string }>(body: Body): Body {
  setServerTime(body.serverTime);
  return body;
}

export const attemptsQuery = queryOptions({ queryKey: ['attempts'], queryFn: () => listAttempts({}), ...live(REFRESH_SECONDS) });

export const erasureQuery = queryOptions({ queryKey: ['erasure'], queryFn: () => readOwnErasure(), ...live(REFRESH_SECONDS) });

export const attemptQuery = (attemptId: string) =>
  queryOptions({ queryKey: ['attempt', attemptId], queryFn: async () => inTime(await getAttempt({ attemptId })), ...live(REFRESH_SECONDS) });

export const testQuery = (attemptId: string) =>
  queryOptions({ queryKey: ['test', attemptId], queryFn: async () => inTime(await getAptitudeTest({ attemptId })), ...live(REFRESH_SECONDS) });

export const caseStudyQuery = (attemptId: string) =>
  queryOptions({ queryKey: ['case-study', attemptId], queryFn: async () => inTime(await getCaseStudy({ attemptId })), ...live(REFRESH_SECONDS) });

export const uploadsQuery = (attemptId: string) =>
  queryOptions({ queryKey: ['uploads', attemptId], queryFn: () => listUploads({ attemptId }), ...live(REFRESH_SECONDS) });

export const submissionsQuery = (attemptId: string) =>
  queryOptions({ queryKey: ['submissions', attemptId], queryFn: () => listSubmissions({ attemptId }), ...live(REFRESH_SECONDS) });

export const resultsQuery = (attemptId: string) =>
  queryOptions({ queryKey: ['results', attemptId], queryFn: () => listResults({ attemptId }), ...live(REFRESH_SECONDS) });

export const appealsQuery = (attemptId: string) =>
  queryOptions({ queryKey: ['appeals', attemptId], queryFn: () => listOwnAppeals({ attemptId }), ...live(REFRESH_SECONDS) });

export const complaintsQuery = (attemptId: string) =>
  queryOptions({ queryKey: ['complaints', attemptId], queryFn: () => listOwnComplaints({ attemptId }), ...live(REFRESH_SECONDS) });

export const noticesQuery = (attemptId: string) =>
  queryOptions({ queryKey: ['notices', attemptId], queryFn: () => listNotices({ attemptId }), ...live(REFRESH_SECONDS) });

export const examQuery = (examId: string) => queryOptions({ queryKey: ['exam', examId], queryFn: () => getExam({ examId }), staleTime: Infinity });

/** As people call the exam, once that is known. */
export function useExamTitle({ examId, examVersion }: { readonly examId: string; readonly examVersion: string }): string {
  return useQuery({ ...examQuery(examId), enabled: examId !== '' }).data?.title ?? examVersion;
}
