/** The known words nearest to a mistyped one, nearest first; none if all are far away. */
export function suggest(typed: string, known: readonly string[], most = 3): string[] {
  const farthest = Math.max(2, Math.floor(typed.length / 3));
  return known
    .map((word) => ({ word, distance: word.startsWith(`${typed} `) ? 1 : editDistance(typed, word) }))
    .filter(({ distance }) => distance <= farthest)
    .sort((one, other) => one.distance - other.distance || one.word.localeCompare(other.word))
    .slice(0, most)
    .map(({ word }) => word);
}

/** What may have been meant by words that are no command: the longest commands that are near win. */
export function suggestCommands(
  words: readonly string[],
  commands: readonly string[],
): { readonly typed: string; readonly near: readonly string[] } {
  for (let count = Math.min(3, words.length); count > 0; count -= 1) {
    const typed = words.slice(0, count).join(' ');
    const near = suggest(
      typed,
      commands.filter((command) => command.split(' ').length === count || count === 1),
    );
    if (near.length > 0) return { typed, near };
  }
  return { typed: words.slice(0, 2).join(' '), near: [] };
}

/** How many letters have to be inserted, deleted, replaced or swapped with their neighbour. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (last[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const swaps = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        replaced,
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        row > 1 && column > 1 && swaps ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length] ?? 0;
}
