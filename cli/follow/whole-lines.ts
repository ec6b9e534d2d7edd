import type { LogLine } from '../../sdk/wire.ts';

/** Puts lines that come in pieces together. What has no end when its attempt, or everything, is over counts as a line. */
export async function* wholeLines(pieces: AsyncIterable<LogLine>): AsyncGenerator<LogLine, void, undefined> {
  const open = new Map<LogLine['stream'], LogLine>();
  let attempt: number | undefined;
  for await (const piece of pieces) {
    if (piece.attempt !== attempt) {
      yield* open.values();
      open.clear();
      ({ attempt } = piece);
    }
    const begun = open.get(piece.stream);
    const line = begun ? { ...piece, timestamp: begun.timestamp, text: begun.text + piece.text } : piece;
    if (line.terminated) {
      open.delete(line.stream);
      yield line;
    } else open.set(line.stream, line);
  }
  yield* open.values();
}
