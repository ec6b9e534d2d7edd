import type { TaskRef } from '../core/ids.ts';
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts';

/** How many calls one statement may be for. */
const MAX_GATHERED = 200;

/** How long calls wait for the statement before theirs, in milliseconds: it may be held up by something that is not in their way. */
const PATIENCE_MS = 50;

/** A statement about many things. Its results are in the order of the items. */
type Statement<Item, Result> = (db: PrismaClient, items: readonly Item[]) => Promise<readonly Result[]>;

/**
 * Makes of a statement about many things a function about one. A call that comes alone is carried out at once; those that
 * come while a statement is under way wait for it, and then share the next one. Hundreds of tasks at once have so many
 * short statements that the overhead of each would be most of what they cost.
 *
 * A statement that fails is tried again for each call alone, so that none fails because of another. So it has to be
 * repeatable.
 *
 * @param keyOf calls with the same key do not share a statement, but are carried out one after the other
 */
export function gathering<Item, Result>(
  keyOf: (item: Item) => string,
  statement: Statement<Item, Result>,
): (db: PrismaClient, item: Item) => Promise<Result> {
  const gatherings = new WeakMap<PrismaClient, Gathering<Item, Result>>();
  return (db, item) => {
    const gathering = gatherings.get(db) ?? new Gathering(keyOf, (items: readonly Item[]) => statement(db, items));
    gatherings.set(db, gathering);
    return gathering.call(item);
  };
}

interface Call<Item, Result> {
  readonly item: Item;
  readonly outcome: PromiseWithResolvers<Result>;
}

class Gathering<Item, Result> {
  readonly #keyOf: (item: Item) => string;
  readonly #carryOut: (items: readonly Item[]) => Promise<readonly Result[]>;
  #waiting: Call<Item, Result>[] = [];
  #isBusy = false;

  constructor(keyOf: (item: Item) => string, carryOut: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#keyOf = keyOf;
    this.#carryOut = carryOut;
  }

  call(item: Item): Promise<Result> {
    const outcome = Promise.withResolvers<Result>();
    this.#waiting.push({ item, outcome });
    if (!this.#isBusy) void this.#work();
    return outcome.promise;
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) await atMost(PATIENCE_MS, this.#settle(this.#take()));
    this.#isBusy = false;
  }

  /** The calls of the next statement; the others go on waiting. */
  #take(): readonly Call<Item, Result>[] {
    const taken = new Map<string, Call<Item, Result>>();
    const left: Call<Item, Result>[] = [];
    for (const call of this.#waiting) {
      const key = this.#keyOf(call.item);
      if (taken.size < MAX_GATHERED && !taken.has(key)) taken.set(key, call);
      else left.push(call);
    }
    this.#waiting = left;
    return [...taken.values()];
  }

  /** Never rejects. */
  async #settle(calls: readonly Call<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#carryOut(calls.map(({ item }) => item));
      for (const [index, { outcome }] of calls.entries()) outcome.resolve(results[index] as Result);
    } catch (error) {
      if (calls.length > 1) await Promise.all(calls.map((call) => this.#settle([call])));
      else calls[0]?.outcome.reject(error);
    }
  }
}

/** Resolves with the promise, which never rejects, or after so many milliseconds. */
function atMost(ms: number, promise: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * Tasks as a table `asked` for a statement: each with its place `n` in the list, from 0, and its key as everywhere.
 *
 * @param columns what else of the items is needed, for example `, attempt integer`
 */
export function askedTasks(tasks: readonly TaskRef[], columns = Prisma.empty): Prisma.Sql {
  const rows = tasks.map(({ namespace, pipeline, run, task, ...others }, n) => ({
    ...others,
    ...{ n, namespace_id: namespace, pipeline_id: pipeline, run_id: run, task_id: task },
  }));
  // The condition always holds. It has the planner expect a single row instead of a hundred, for which it would rather
  // read all tasks that there are, and the same of every call, or it would plan each of them anew.
  return Prisma.sql`(
    select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as rows(n integer, namespace_id text, pipeline_id text, run_id integer, task_id text${columns})
    where n - n = 0
  ) as asked`;
}

/** Of each item the row with its place `n`, if there is one. */
export function inOrderOf<Row extends { readonly n: number }>(
  items: readonly unknown[],
  rows: readonly Row[],
): readonly (Row | undefined)[] {
  const byPlace = new Map(rows.map((row) => [row.n, row]));
  return items.map((_, n) => byPlace.get(n));
}
