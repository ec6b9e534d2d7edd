import type { LogPlace, LogPosition } from './contract.ts';

/** The timestamp of the newest entry taken; undefined if none was. */
export function newest(position: LogPosition): string | undefined {
  const timestamps = [position.stdout?.timestamp, position.stderr?.timestamp].filter((value) => value !== undefined);
  return timestamps.sort().at(-1);
}

/**
 * Makes a function that is shown the entries of a re-read log in order, from some place before `position` on, and says
 * of each whether it lies behind the position. It works because timestamps never decrease within a stream.
 */
export function entriesAfter(position: LogPosition): (entry: LogPlace) => boolean {
  const seenAgain = { stdout: 0, stderr: 0 };
  return ({ stream, timestamp }) => {
    const taken = position[stream];
    if (!taken || timestamp > taken.timestamp) return true;
    if (timestamp < taken.timestamp) return false;
    seenAgain[stream] += 1;
    return seenAgain[stream] > taken.entries;
  };
}
