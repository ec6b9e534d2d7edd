import type { ReadStream } from 'node:tty';

export const CTRL_C = '\x03';

/**
 * Hands over what is typed, letter by letter and without its being shown. Ctrl-C is a key like the others, and so is the
 * signal that stands for it. Without a terminal to type at there is only the signal.
 *
 * @returns how to give the keyboard back
 */
export function listenToKeys(input: ReadStream, onKey: (key: string) => void): () => void {
  const onSignal = (): void => onKey(CTRL_C);
  process.on('SIGINT', onSignal);
  const onData = (bytes: Buffer): void => onKey(bytes.toString());
  if (input.isTTY) {
    input.setRawMode(true);
    input.on('data', onData);
    input.resume();
  }
  return () => {
    process.off('SIGINT', onSignal);
    if (!input.isTTY) return;
    input.off('data', onData);
    input.setRawMode(false);
    input.pause();
  };
}
