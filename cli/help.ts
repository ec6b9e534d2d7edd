import { type Command, CommandHelp, Help } from '@oclif/core';
import { EXIT } from './errors.ts';

/** What holds for all commands. */
export const SECTIONS = {
  'EXIT CODES': [
    ['0', 'done; a run that was followed was successful'],
    ['1', 'refused or failed; a run that was followed failed or was cancelled'],
    ['2', 'wrong usage'],
    ['3', 'what was asked for does not exist'],
    ['4', 'the token is missing, unknown, or may not do this'],
    ['5', 'the server cannot be reached'],
    ['130', 'interrupted'],
  ],
  ENVIRONMENT: [
    ['GOFER_API_BASE_URL', 'address of the API'],
    ['GOFER_TOKEN', 'bearer token; GOFER_TOKEN_FILE names a file with it'],
    ['GOFER_NAMESPACE', 'namespace to work in'],
    ['GOFER_CONTEXT', 'name of the server to use'],
    ['GOFER_OUTPUT_FORMAT', 'plain, json or silent'],
    ['GOFER_DETAIL', 'true for exact times'],
    ['GOFER_DEBUG', 'true for stack traces of errors'],
    ['GOFER_INSECURE_SKIP_TLS_VERIFY', 'true to accept any certificate'],
    ['NO_COLOR', 'anything for no colours'],
  ],
  FILES: [
    ['~/.config/gofer.toml', 'the same by the names api_base_url, token, …; see gofer config init'],
    ['~/.config/gofer/contexts.json', 'servers with names and their tokens; see gofer login'],
  ],
} as const;

/** The usage line names the arguments; flags have a section of their own. */
class GoferCommandHelp extends CommandHelp {
  protected override defaultUsage(): string {
    const words = Object.values(this.command.args ?? {}).map((arg) => this.arg(arg));
    return [this.command.id, ...words, '[FLAGS]'].join(' ');
  }

  protected override flags(flags: Command.Flag.Any[]): [string, string | undefined][] | undefined {
    return super.flags(flags.map(toShow));
  }
}

/** What oclif says about `--json` is not what ours does. */
export const JSON_SUMMARY = "print the API's answer as JSON";

/** An empty list is no default to speak of. */
function toShow(flag: Command.Flag.Any): Command.Flag.Any {
  if (flag.name === 'json') return { ...flag, summary: JSON_SUMMARY };
  if (!('default' in flag) || !Array.isArray(flag.default) || flag.default.length > 0) return flag;
  const { default: _empty, ...rest } = flag;
  return rest as Command.Flag.Any;
}

/** The help of oclif, and in that of `gofer` itself what holds for all commands. */
export class GoferHelp extends Help {
  protected override CommandHelpClass = GoferCommandHelp;
  /** Nothing was asked for at all: an error, answered with what there is. */
  #unasked = false;

  override async showHelp(argv: string[]): Promise<void> {
    this.#unasked = argv.length === 0;
    if (this.#unasked) process.exitCode = EXIT.usage;
    // oclif would only say that there is no such command.
    const words = argv.filter((word) => !word.startsWith('-'));
    if (words.length > 0 && !this.#knows(words))
      await this.config.runHook('command_not_found', { id: words.join(':') });
    await super.showHelp(argv);
  }

  /** Whether the words are a topic or command, or begin with a command that has arguments rather than commands below it. */
  #knows(words: readonly string[]): boolean {
    const ids = words.map((_word, index) => words.slice(0, index + 1).join(':'));
    const known = this.config.commandIDs;
    const isLeaf = (id: string) => known.includes(id) && !known.some((other) => other.startsWith(`${id}:`));
    return this.config.findTopic(words.join(':')) !== undefined || ids.some(isLeaf);
  }

  protected override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    if (this.#unasked) return this.log('See: gofer --help');
    for (const [title, rows] of Object.entries(SECTIONS)) {
      const list = this.renderList(
        rows.map(([name, text]) => [name, text]),
        { indentation: 2, stripAnsi: this.opts.stripAnsi ?? false },
      );
      this.log(this.section(title, list), '');
    }
  }

  protected override log(...lines: string[]): void {
    if (this.#unasked) process.stderr.write(`${lines.join('\n')}\n`);
    else for (const line of lines) super.log(line);
  }
}
