/**
 * Wall-clock times in milliseconds of two ways to do the same, which take turns, so that whatever else the machine does
 * hits both alike.
 */
export async function takeTurns(
  repetitions: number,
  ways: { readonly gofer: () => Promise<unknown>; readonly bare: () => Promise<unknown> },
): Promise<{ bare: number[]; gofer: number[] }> {
  const times = { bare: [] as number[], gofer: [] as number[] };
  // Two more at the beginning, which do not count: the first ones load code, fill caches and open connections.
  for (let n = -2; n < repetitions; n += 1) {
    const goferMs = await stopwatch(ways.gofer);
    const bareMs = await stopwatch(ways.bare);
    if (n < 0) continue;
    times.gofer.push(goferMs);
    times.bare.push(bareMs);
  }
  return times;
}

async function stopwatch(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round((performance.now() - start) * 10) / 10;
}
