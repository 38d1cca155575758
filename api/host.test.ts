import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../test/support/api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

/** What is answered to a request with these lines for its headers. */
function answerTo(path: string, ...headers: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  socket.end([`GET ${path} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n'));
  return text(socket);
}

describe('a request for two hosts, or for none', () => {
  it.each([
    ['two', 'Host: certifiable.example', 'Host: other.example'],
    ['the same one twice', 'Host: certifiable.example', 'host: certifiable.example'],
    ['two in one line', 'Host: certifiable.example, other.example'],
    ['one with a path', 'Host: certifiable.example/v1'],
    ['one with a user', 'Host: admin@certifiable.example'],
    ['one with a blank', 'Host: certifiable .example'],
    ['a port that is none', 'Host: certifiable.example:80x'],
    ['none'],
  ])('is refused, wherever it goes: %s', async (_, ...headers) => {
    for (const path of ['/livez', '/v1/register/search', '/register', '/v1/attempts', '/nowhere'])
      expect(await answerTo(path, ...headers)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each(['certifiable.example', 'certifiable.example:8080', '127.0.0.1:1', '[::1]:8080', 'xn--mller-kva.example', 'a_b', ''])(
    'is not what one is with the host %j',
    async (host) => {
      expect(await answerTo('/livez', `Host: ${host}`)).toMatch(/^HTTP\/1\.1 200 /);
    },
  );
});
