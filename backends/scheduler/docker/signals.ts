/** Linux's signals from 1 on, as containers know them whatever this process runs on. */
const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );

/** The number of the signal that an exit code stands for; undefined if it stands for none. */
export function signalOf(exitCode: number): number | undefined {
  const number = exitCode - 128;
  return number >= 1 && number <= 64 ? number : undefined;
}

/** `KILL` for 9; signals without a name of their own are called by their number. */
export function signalName(number: number): string {
  return NAMES[number - 1] ?? String(number);
}
