import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** An HTTP server that answers as a Prometheus might, or as none should. */
export class HttpAnswers implements AsyncDisposable {
  readonly queries: string[] = [];
  answer: Answer;
  url = '';
  private readonly server = createServer((request, response) => {
    const { searchParams, pathname } = new URL(request.url ?? '', 'http://prometheus');
    if (pathname === '/api/v1/query') this.queries.push(searchParams.get('query') ?? '');
    this.answer(response, request);
  });

  private constructor(answer: Answer) {
    this.answer = answer;
  }

  static async start(answer: Answer): Promise<HttpAnswers> {
    const answers = new HttpAnswers(answer);
    answers.server.listen(0, '127.0.0.1');
    await once(answers.server, 'listening');
    const address = answers.server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    answers.url = `http://127.0.0.1:${address.port}`;
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

export function json(body: object, status = 200): Answer {
  return (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function vector(...values: string[]): Answer {
  const result = values.map((value, i) => ({ metric: { i: String(i) }, value: [1_800_000_000, value] }));
  return json({ status: 'success', data: { resultType: 'vector', result } });
}
