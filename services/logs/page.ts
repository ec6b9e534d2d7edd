import type { LogLine, LogStore, ReadOptions, TaskLogList } from '../../backends/logs/contract.ts';
import type { TaskRef } from '../../core/ids.ts';

/** How many characters an answer has at most, unless its first line alone is longer, and how many are searched for it. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_SEARCHED = 32 * 1024 * 1024;

export interface PageRequest extends Omit<ReadOptions, 'follow'> {
  readonly limit: number;
  /** Only lines with this text in them, in capital letters or small ones. */
  readonly contains?: string;
}

/** A part of what a task printed. */
export interface LogPage {
  readonly lines: readonly LogLine[];
  /** Where to go on; undefined if there is no log yet. */
  readonly next: string | undefined;
  /** The attempts that have a log. */
  readonly attempts: readonly number[];
  /** Nothing more will come. */
  readonly finished: boolean;
}

/** Reads a part of what there is. Filters and limits may leave it without a line although there are more. */
export async function readLogPage(logs: LogStore, task: TaskRef, request: PageRequest): Promise<LogPage> {
  const found = await logs.list(task);
  const page = new Page(request);
  const done = request.limit === 0 || (await fill(page, logs.read(task, { ...request, follow: false })));
  return {
    lines: page.lines,
    next: page.next,
    attempts: found.logs.map(({ attempt }) => attempt),
    finished: !done && isFinished(found, request.attempt),
  };
}

/** The last lines that there are. */
export async function readLastPage(logs: LogStore, task: TaskRef, lines: number, attempt?: number): Promise<LogPage> {
  const found = await logs.list(task);
  const last = await logs.tail(task, lines, attempt);
  return {
    lines: last,
    next: last.at(-1)?.position,
    attempts: found.logs.map((log) => log.attempt),
    finished: isFinished(found, attempt),
  };
}

function isFinished({ logs, over }: TaskLogList, only: number | undefined): boolean {
  const asked = only === undefined ? logs : logs.filter(({ attempt }) => attempt === only);
  return asked.every(({ complete }) => complete) && (over || (only !== undefined && asked.length > 0));
}

/** Returns whether it stopped before the end. */
async function fill(page: Page, batches: AsyncIterable<readonly LogLine[]>): Promise<boolean> {
  for await (const batch of batches) for (const line of batch) if (page.isFullAfter(line)) return true;
  return false;
}

class Page {
  readonly lines: LogLine[] = [];
  next: string | undefined;
  readonly #limit: number;
  readonly #text: string | undefined;
  #characters = 0;
  #searched = 0;

  constructor({ limit, contains, from }: PageRequest) {
    this.#limit = limit;
    this.#text = contains?.toLowerCase();
    this.next = from;
  }

  isFullAfter(line: LogLine): boolean {
    this.next = line.position;
    this.#searched += line.text.length;
    if (this.#text === undefined || line.text.toLowerCase().includes(this.#text)) {
      this.lines.push(line);
      this.#characters += line.text.length;
    }
    return this.lines.length >= this.#limit || this.#characters >= MAX_CHARACTERS || this.#searched >= MAX_SEARCHED;
  }
}
