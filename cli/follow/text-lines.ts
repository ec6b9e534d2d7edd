/** Cuts text that comes in pieces into lines. What has no end when everything is over counts as a line. */
export async function* textLines(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let open = '';
  for await (const piece of pieces) {
    const lines = (open + piece).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (open !== '') yield open;
}
