import { describe, expect, it } from 'vitest';
import { Gate } from '../../../../backends/scheduler/docker/gate.ts';
import { SharedWork } from '../../../../backends/scheduler/docker/shared-work.ts';

const never = new AbortController().signal;

/** Lets everything happen that can happen without waiting. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a gate', () => {
  function visitors(gate: Gate) {
    const inside: string[] = [];
    const entered: string[] = [];
    const doors = new Map<string, () => void>();
    const come = (name: string, signal = never, onWait?: (ahead: number) => void) =>
      gate.pass(
        async () => {
          entered.push(name);
          inside.push(name);
          await new Promise<void>((resolve) => doors.set(name, resolve));
          inside.splice(inside.indexOf(name), 1);
          return name;
        },
        { signal, ...(onWait && { onWait }) },
      );
    return { inside, entered, come, leave: (name: string) => doors.get(name)?.() };
  }

  it('lets so many through at once, and the others in their order', async () => {
    const { inside, entered, come, leave } = visitors(new Gate(2));
    const ahead: number[] = [];
    const all = ['a', 'b', 'c', 'd'].map((name) => come(name, never, (count) => ahead.push(count)));
    await settle();
    expect(inside).toEqual(['a', 'b']);
    expect(ahead).toEqual([0, 1]);
    leave('b');
    await settle();
    expect(inside).toEqual(['a', 'c']);
    for (const name of ['a', 'c']) leave(name);
    await settle();
    leave('d');
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
    expect(entered).toEqual(['a', 'b', 'c', 'd']);
  });

  it('forgets who gives up, also at the moment of his turn', async () => {
    const { inside, come, leave } = visitors(new Gate(1));
    const [first, second, third] = [come('a'), new AbortController(), new AbortController()];
    const givenUp = [come('b', second.signal), come('c', third.signal)];
    const last = come('d');
    for (const waiting of givenUp) waiting.catch(() => undefined);
    await settle();
    third.abort(new Error('gave up'));
    leave('a');
    await first;
    second.abort(new Error('gave up'));
    await settle();
    // Whoever had the turn went in or handed it on; either way it is not lost.
    leave('b');
    await settle();
    expect(inside).toEqual(['d']);
    leave('d');
    await last;
    await expect(givenUp[1]).rejects.toThrow('gave up');
  });

  it('stays open when the work fails', async () => {
    const gate = new Gate(1);
    const fail = () => gate.pass(() => Promise.reject(new Error('failed')), { signal: never });
    await expect(fail()).rejects.toThrow('failed');
    await expect(fail()).rejects.toThrow('failed');
  });
});

describe('shared work', () => {
  function workshop() {
    const shared = new SharedWork<string>();
    const begun: AbortSignal[] = [];
    const reports: ((line: string) => void)[] = [];
    const ends: { resolve: (value: string) => void; reject: (reason: Error) => void }[] = [];
    const join = (signal = never, report: (line: string) => void = () => undefined) =>
      shared.join(
        'key',
        (say, stop) => {
          begun.push(stop);
          reports.push(say);
          return new Promise((resolve, reject) => ends.push({ resolve, reject }));
        },
        report,
        signal,
      );
    return { shared, begun, reports, ends, join };
  }

  it('is done once, and tells everybody how it goes', async () => {
    const { begun, reports, ends, join } = workshop();
    const heard: string[] = [];
    const first = join(never, (line) => heard.push(`first: ${line}`));
    await settle();
    reports[0]?.('half');
    const second = join(never, (line) => heard.push(`second: ${line}`));
    reports[0]?.('whole');
    ends[0]?.resolve('done');
    expect(await Promise.all([first, second])).toEqual(['done', 'done']);
    expect(begun).toHaveLength(1);
    expect(heard).toEqual(['first: half', 'second: half', 'first: whole', 'second: whole']);
  });

  it('fails for all, and begins anew afterwards', async () => {
    const { shared, ends, join } = workshop();
    const both = [join(), join()];
    await settle();
    ends[0]?.reject(new Error('failed'));
    for (const one of both) await expect(one).rejects.toThrow('failed');
    expect(shared.has('key')).toBe(false);
    const next = join();
    await settle();
    ends[1]?.resolve('done');
    expect(await next).toBe('done');
  });

  it('is stopped when the last one leaves, even if it does not notice', async () => {
    const { begun, ends, join } = workshop();
    const [one, other] = [new AbortController(), new AbortController()];
    const both = [join(one.signal), join(other.signal)];
    await settle();
    one.abort(new Error('left'));
    await expect(both[0]).rejects.toThrow('left');
    expect(begun[0]?.aborted).toBe(false);
    other.abort(new Error('left too'));
    await expect(both[1]).rejects.toThrow('left too');
    expect(begun[0]?.aborted).toBe(true);
    const next = join();
    await settle();
    ends[0]?.resolve('too late');
    await settle();
    ends[1]?.resolve('done');
    expect(await next).toBe('done');
  });
});
