import { connectionProblem, StreamClosedError, UnreachableError } from './errors.ts';

/** One server-sent event. */
interface ServerSentEvent {
  readonly type: string;
  readonly data: string;
  /** Of this event, or else of the last one before it that had one. */
  readonly id: string;
}

/** The server's word for the end of a stream; its data are `{"code", "reason"}` with a close code of web sockets. */
const END = 'close';

/**
 * The events of one answer of the type `text/event-stream`, until the server says that this was the end.
 *
 * @throws StreamClosedError if the server ends it for another reason, or the connection breaks (code 1006)
 */
export async function* serverSentEvents(response: Response): AsyncGenerator<ServerSentEvent, void, undefined> {
  if (!response.body) throw new UnreachableError(response.url, 'the answer has no body');
  let event = { type: 'message', data: [] as string[], id: '' };
  for await (const line of lines(response.body)) {
    if (line !== '') {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === 'data') event.data.push(value);
      else if (field === 'event') event.type = value;
      else if (field === 'id') event.id = value;
      continue;
    }
    const { type, data, id } = event;
    event = { type: 'message', data: [], id };
    if (data.length === 0) continue;
    if (type !== END) yield { type, data: data.join('\n'), id };
    else return throwUnlessComplete(data.join('\n'));
  }
  throw new StreamClosedError(1006, '');
}

function throwUnlessComplete(text: string): void {
  const { code, reason = '' } = JSON.parse(text) as { code: number; reason?: string };
  if (code !== 1000) throw new StreamClosedError(code, reason);
}

/** A line that the connection breaks off in is left out. */
async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of body) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
      rest = parts.pop() ?? '';
      yield* parts;
    }
  } catch (error) {
    throw new StreamClosedError(1006, connectionProblem(error));
  }
}
