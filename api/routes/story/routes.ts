import { readerOf, STAFF_READERS } from '../../actor.ts';
import { JSON_BODY_BYTES_MAX, readJson } from '../../json-body.ts';
import { route, type Route } from '../../route.ts';
import { attemptParams } from '../../schemas.ts';
import type { Services } from '../../services.ts';
import { viewOfHandedIn } from '../attempts/handed-in.ts';
import { submissionParams } from '../attempts/schemas.ts';
import { staffViewOf } from '../staff/view.ts';
import { sendFile } from './file.ts';
import { attemptStory, reading, readSubmission } from './schemas.ts';
import { temporalUrlOf, viewOfStory } from './view.ts';

const tag = 'Staff';
const submission = '/v1/staff/attempts/:attemptId/submissions/:submissionId';

export function storyRoutes(services: Services): readonly Route[] {
  const { store, attention, config } = services;
  return [
    route({
      operationId: 'getAttemptStory',
      method: 'get',
      path: '/v1/staff/attempts/:attemptId/story',
      tag,
      summary: 'An attempt with all that happened, but what was answered',
      description:
        'Deadlines, submissions, who holds and held what, marks, assessments, decisions, notices, mails, certificates and the acts of people.',
      roles: STAFF_READERS,
      params: attemptParams,
      answers: { 200: { description: 'The attempt', body: attemptStory } },
    }).handledBy(async ({ params: { attemptId } }) => {
      const [record, story, called] = await Promise.all([store.attempts.read({ attemptId }), store.attempts.story(attemptId), attention()]);
      const { policy } = await store.examVersions.contentOf(record.examVersionId);
      return {
        status: 200,
        body: {
          attempt: await staffViewOf(services, record),
          ...viewOfStory({ attemptId, story, passMark: policy.passMark }),
          needsAttention: story.standing?.needsAttention === true || called.attemptIds.has(attemptId),
          isPartial: called.isPartial,
          temporalUrl: temporalUrlOf({ attemptId, uiUrl: config.TEMPORAL_UI_URL, namespace: config.TEMPORAL_NAMESPACE }),
        },
      };
    }),
    route({
      operationId: 'readSubmission',
      method: 'post',
      path: `${submission}/reading`,
      tag,
      summary: 'Read what was handed in: the answers, or which file it was',
      description: 'Each reading is audited: who read what, and why.',
      roles: STAFF_READERS,
      isReading: true,
      params: submissionParams,
      body: reading,
      answers: { 200: { description: 'What was handed in', body: readSubmission } },
    }).handledBy(async ({ actor, params, body: { reason } }) => {
      return { status: 200, body: viewOfHandedIn(await store.sittings.handedIn({ ...params, ...readerOf(actor), reason })) };
    }),
    {
      operationId: 'readSubmittedFile',
      method: 'post',
      path: `${submission}/file-reading`,
      tag,
      summary: 'Read the file that was handed in',
      description: 'Each reading is audited: who read what, and why.',
      roles: STAFF_READERS,
      isReading: true,
      params: submissionParams,
      body: reading,
      bodyBytesMax: JSON_BODY_BYTES_MAX,
      answers: {
        200: {
          description: 'The file',
          mediaTypes: ['application/pdf', 'text/markdown', 'text/plain', 'application/zip'],
          headers: ['Content-Disposition'],
        },
      },
      handlers: [...readJson({ bytesMax: JSON_BODY_BYTES_MAX }), sendFile(services, readerOf)],
    },
  ];
}
