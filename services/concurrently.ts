/** Does the work for each item, for so many at once. The first error is thrown once those under way have ended. */
export async function concurrently<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const workOff = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, workOff));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
