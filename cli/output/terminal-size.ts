/** How much room a terminal has, in characters. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
}

/** What a terminal says of itself, unless `COLUMNS` or `LINES` say otherwise. */
export function terminalSize(
  terminal: Terminal,
  env: Readonly<Record<string, string | undefined>> = process.env,
): TerminalSize {
  return {
    columns: positive(env['COLUMNS']) ?? (terminal.columns || 80),
    rows: positive(env['LINES']) ?? (terminal.rows || 24),
  };
}

function positive(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}
