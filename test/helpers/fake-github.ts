import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface FakeCheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly external_id: string;
  status: string;
  conclusion?: string;
  output: { title: string; summary: string };
}

/** As much of GitHub as check runs need, in its shapes, with its authentication: an App's token buys an installation's. */
export class FakeGithub {
  readonly checks: FakeCheckRun[] = [];
  /** How many requests from now on fail. */
  failures = 0;
  tokens = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(([status, body]) => {
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<FakeGithub> {
    const github = new FakeGithub();
    github.#server.listen(0, '127.0.0.1');
    await once(github.#server, 'listening');
    return github;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage): Promise<[number, unknown]> {
    if (this.failures > 0) {
      this.failures -= 1;
      return [502, { message: 'Server Error' }];
    }
    const route = `${request.method} ${(request.url ?? '').split('?')[0]}`;
    const { authorization = '' } = request.headers;
    if (route === 'POST /app/installations/22/access_tokens') return this.#issueToken(authorization);
    if (authorization !== 'token installation-token') return [401, { message: 'Bad credentials' }];
    if (route === 'GET /repos/o/r/commits/f00/check-runs')
      return [200, { total_count: this.checks.length, check_runs: this.checks }];
    if (route === 'POST /repos/o/r/check-runs') {
      const check = { id: 100 + this.checks.length, ...((await json(request)) as Omit<FakeCheckRun, 'id'>) };
      this.checks.push(check);
      return [201, check];
    }
    const check = this.checks.find(({ id }) => route === `PATCH /repos/o/r/check-runs/${id}`);
    if (!check) return [404, { message: 'Not Found' }];
    return [200, Object.assign(check, await json(request))];
  }

  #issueToken(authorization: string): [number, unknown] {
    // A JSON Web Token: who it is from is in its second part.
    const [, claims = ''] = /^bearer [\w-]+\.([\w-]+)\.[\w-]+$/i.exec(authorization) ?? [];
    const { iss } = JSON.parse(Buffer.from(claims, 'base64url').toString() || '{}') as { iss?: string | number };
    if (String(iss) !== '11') return [401, { message: 'A JSON web token could not be decoded' }];
    this.tokens += 1;
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    return [201, { token: 'installation-token', expires_at: expires, permissions: { checks: 'write' } }];
  }
}
