import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import xterm from '@xterm/headless';
import { GOFER } from './programs.ts';

/** A `gofer` process on a terminal of its own. */
export interface TerminalProgram {
  /** Its exit code. */
  readonly exited: Promise<number>;
  /** Everything that can be seen, what was scrolled away included, without blanks at the ends of lines. */
  screen(): string;
  /** Resolves when the text can be seen. */
  shows(text: string | RegExp): Promise<void>;
  type(keys: string): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Hangs up, if it still runs. */
  close(): Promise<void>;
}

export const CTRL_C = '\x03';

/** Starts `gofer` with these arguments on a terminal, which `script` makes and an emulator of xterm shows. */
export function startOnTerminal(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  { columns = 100, rows = 30 } = {},
): TerminalProgram {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: false });
  const quoted = [process.execPath, '--disable-warning=ExperimentalWarning', GOFER, ...args].map(quote).join(' ');
  const command = `tty; stty cols ${columns} rows ${rows}; exec ${quoted}`;
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color', NO_COLOR: '1', ...env },
  });
  let device = '';
  let changed = (): void => undefined;
  child.stdout.on('data', (bytes: Buffer) => {
    device ||= /\/dev\/pts\/\d+/.exec(bytes.toString())?.[0] ?? '';
    terminal.write(bytes, () => changed());
  });
  const exited = once(child, 'close').then(([code]) => (typeof code === 'number' ? code : -1));
  const screen = (): string => textOf(terminal);
  return {
    exited,
    screen,
    async shows(text) {
      const seen = (): boolean => (typeof text === 'string' ? screen().includes(text) : text.test(screen()));
      const over = exited.then((code) => `gofer ended with ${code}`);
      while (!seen()) {
        const ended = await Promise.race([new Promise<void>((resolve) => (changed = resolve)), over]);
        if (ended !== undefined && !seen()) throw new Error(`${ended} and did not show ${text}:\n${screen()}`);
      }
    },
    type: (keys) => void child.stdin.write(keys),
    async resize(newColumns, newRows) {
      terminal.resize(newColumns, newRows);
      await promisify(execFile)('stty', ['-F', device, 'cols', String(newColumns), 'rows', String(newRows)]);
    },
    async close() {
      child.kill('SIGHUP');
      await exited;
      terminal.dispose();
    },
  };
}

function textOf(terminal: InstanceType<typeof xterm.Terminal>): string {
  const { active } = terminal.buffer;
  const lines = Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? '');
  return lines.join('\n').trimEnd();
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
