import { afterAll, beforeAll, expect, it } from 'vitest';
import { publishDecision, startTestApi, type Answer, type Caller, type TestApi } from '../test/support/api.ts';

/** "Through an exam in ten requests" of the OpenAPI document, played as it stands there. */

let api: TestApi;
let candidate: Caller;
beforeAll(async () => {
  api = await startTestApi();
  await api.publish();
  candidate = api.as('ten', 'candidate');
});
afterAll(() => api.close());

type Request = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

function requestsOf(document: string): readonly Request[] {
  return [...document.matchAll(/^```http\n(.*?)\n```$/gms)].map(([, block = '']) => {
    const [head = '', ...rest] = block.split('\n\n');
    const [first = '', ...lines] = head.split('\n');
    const [method = '', path = ''] = first.split(' ');
    const headers = lines.map((line) => {
      const [name = '', value = ''] = line.split(/: (.*)/s);
      return [name.toLowerCase(), value] as const;
    });
    return { method, path, headers: Object.fromEntries(headers), body: rest.length === 0 ? undefined : rest.join('\n\n') };
  });
}

async function play({ method, path, headers, body }: Request, known: Readonly<Record<string, string>>): Promise<Answer> {
  const filled = (text: string) =>
    text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
      if (known[name] === undefined) throw new Error(`no answer before has said {${name}}`);
      return known[name];
    });
  return candidate(method, filled(path), body === undefined ? undefined : filled(body), headers);
}

it('leads from the list of exams to the certificate, with the results of the tests between', async () => {
  const { body: document } = await api.withToken(undefined)('GET', '/openapi.json');
  const requests = requestsOf(document.info.description);
  expect(requests).toHaveLength(10);
  const known: Record<string, string> = {};
  const answers: Answer[] = [];
  const next = async () => {
    const request = requests[answers.length];
    if (!request) throw new Error('there is no other');
    const answer = await play(request, known);
    expect(answer.status, `${request.method} ${request.path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    answers.push(answer);
    return answer;
  };

  known['examId'] = (await next()).body.exams[0].examId;
  const { body: attempt } = await next();
  known['attemptId'] = attempt.id;
  expect(attempt.deadlines.start).toEqual(expect.any(String));
  const { body: test } = await next();
  expect(test).toMatchObject({ deadline: expect.any(String), serverTime: expect.any(String) });
  known['itemId'] = test.items.find(({ type }: { type: string }) => type === 'text').id;
  await next();
  const { body: handedIn } = await next();
  expect(handedIn.receipt).toBeDefined();
  await publishDecision(api, { attemptId: attempt.id, submissionId: handedIn.submissionId, test: 'aptitude', passed: true });
  expect((await next()).body.phase).toBe('case_study_offered');
  await next();
  await next();
  const { body: solution } = await next();
  await publishDecision(api, { attemptId: attempt.id, submissionId: solution.submissionId, test: 'case_study', passed: true });
  expect((await next()).body.id).toBeDefined();
});
