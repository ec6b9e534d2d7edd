import { homedir } from 'node:os';
import { Command, Flags, type Interfaces } from '@oclif/core';
import { ensureError } from '../core/errors.ts';
import type { RunRef, TaskRef } from '../core/ids.ts';
import type { GoferClient, PipelineRef } from '../sdk/client.ts';
import { loadSettings, OUTPUT_FORMATS, type Settings } from './config.ts';
import { explain, type Failure, usageError } from './errors.ts';
import { parsePairs } from './inputs.ts';
import { createPaint, type Paint, wantsColour } from './output/paint.ts';
import { type Cell, formatTable } from './output/table.ts';
import type { TimeStyle } from './output/time.ts';

const global = { helpGroup: 'GLOBAL' } as const;

/** What all commands share: global flags, settings, the client, output in three formats, and errors. */
export abstract class BaseCommand<T extends typeof Command> extends Command {
  static override enableJsonFlag = true;

  static override baseFlags = {
    config: Flags.string({
      ...global,
      helpValue: 'FILE',
      summary: 'file to read in place of ~/.gofer.toml and ~/.config/gofer.toml',
    }),
    context: Flags.string({
      ...global,
      helpValue: 'NAME',
      summary: 'name of the server to use, as `gofer context list` shows it',
    }),
    'api-base-url': Flags.string({
      ...global,
      helpValue: 'URL',
      summary: 'address of the API, for example http://127.0.0.1:8080',
    }),
    token: Flags.string({ ...global, helpValue: 'TOKEN', summary: 'bearer token; better kept in GOFER_TOKEN' }),
    namespace: Flags.string({ ...global, helpValue: 'ID', summary: 'namespace to work in' }),
    'output-format': Flags.option({ ...global, options: OUTPUT_FORMATS, summary: 'json is the same as --json' })(),
    detail: Flags.boolean({ ...global, allowNo: true, summary: 'exact times instead of "5 minutes ago"' }),
    debug: Flags.boolean({ ...global, allowNo: true, summary: 'show stack traces of errors' }),
    'insecure-skip-tls-verify': Flags.boolean({
      ...global,
      allowNo: true,
      summary: 'accept any certificate; others may then listen and answer',
    }),
    'no-color': Flags.boolean({ ...global, summary: 'no colours; NO_COLOR does the same' }),
  };

  protected args!: Interfaces.InferredArgs<T['args']>;
  /** `config` is used here only: the commands for extensions call something else by that name, as they always did. */
  protected flags!: Interfaces.InferredFlags<T['flags'] & Omit<(typeof BaseCommand)['baseFlags'], 'config'>>;
  /** Known after `init`; errors before that are reported with the defaults. */
  #settings: Settings | undefined;

  protected override async init(): Promise<void> {
    await super.init();
    const { args, flags } = await this.#parseInput();
    this.args = args as typeof this.args;
    this.flags = flags as typeof this.flags;
    this.#settings = await loadSettings({
      home: homedir(),
      env: process.env,
      configFile: typeof flags['config'] === 'string' ? flags['config'] : undefined,
      context: flags['context'],
      flags: {
        api_base_url: flags['api-base-url'],
        namespace: flags['namespace'],
        token: flags['token'],
        detail: flags['detail'],
        output_format: flags['json'] ? 'json' : flags['output-format'],
        debug: flags['debug'],
        insecure_skip_tls_verify: flags['insecure-skip-tls-verify'],
      },
    });
  }

  async #parseInput() {
    try {
      return await this.parse({
        flags: this.ctor.flags,
        baseFlags: (super.ctor as typeof BaseCommand).baseFlags,
        enableJsonFlag: this.ctor.enableJsonFlag,
        args: this.ctor.args,
        strict: this.ctor.strict,
      });
    } catch (error) {
      throw usageError(
        ensureError(error),
        this.#typedName,
        Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags }),
      );
    }
  }

  /** The command as it is typed, for example `run get`. */
  get #typedName(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }

  protected get settings(): Settings {
    if (!this.#settings) throw new Error('settings are read before init');
    return this.#settings;
  }

  /** The client is loaded only by commands that use it. Without arguments it is that of the settings. */
  protected async connect(
    { apiBaseUrl, token }: Pick<Settings, 'apiBaseUrl' | 'token'> = this.settings,
  ): Promise<GoferClient> {
    if (this.settings.insecureSkipTlsVerify) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const { GoferClient: Client } = await import('../sdk/client.ts');
    return new Client({ apiBaseUrl, ...(token !== undefined && { token }) });
  }

  protected pipelineRef(pipeline: string): PipelineRef {
    return { namespace: this.settings.namespace, pipeline };
  }

  protected runRef(pipeline: string, run: number): RunRef {
    return { ...this.pipelineRef(pipeline), run };
  }

  protected taskRef(pipeline: string, run: number, task: string): TaskRef {
    return { ...this.runRef(pipeline, run), task };
  }

  protected get paint(): Paint {
    const refused = this.argv.includes('--no-color');
    return createPaint(wantsColour({ env: process.env, isTerminal: process.stdout.isTTY === true, refused }));
  }

  protected get timeStyle(): TimeStyle {
    return { detail: this.settings.detail, now: Date.now() };
  }

  /** Prints lines for people: nothing in the formats json and silent. */
  protected print(...lines: readonly string[]): void {
    for (const line of lines) this.log('%s', line);
  }

  protected printTable(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
    this.print(...formatTable(head, rows, this.paint));
  }

  protected printSuccess(message: string, ...next: readonly string[]): void {
    this.print(`${this.paint('green', '✓')} ${message}`, ...next.map((line) => `  ${line}`));
  }

  /** One object of a stream, as one line. Only in the format json. */
  protected printJsonLine(value: unknown): void {
    if (this.jsonEnabled()) process.stdout.write(`${JSON.stringify(value)}\n`);
  }

  override log(message = '', ...args: unknown[]): void {
    if (this.#settings?.outputFormat !== 'silent') super.log(message, ...args);
  }

  override jsonEnabled(): boolean {
    return this.#settings?.outputFormat === 'json' || super.jsonEnabled();
  }

  protected override toSuccessJson(result: unknown): unknown {
    return result;
  }

  protected override toErrorJson(error: unknown): unknown {
    return failureJson(this.#explain(error));
  }

  protected override async catch(error: Error): Promise<void> {
    const failure = this.#explain(error);
    process.exitCode = failure.exit;
    if (this.#settings?.outputFormat === 'silent') return;
    if (this.jsonEnabled()) process.stderr.write(`${JSON.stringify(failureJson(failure))}\n`);
    else process.stderr.write(`${this.#renderFailure(failure)}\n`);
    if (this.#settings?.debug) process.stderr.write(`${error.stack ?? error}\n`);
  }

  #explain(error: unknown): Failure {
    return explain(error, {
      command: this.#typedName,
      args: this.args ?? {},
      hasToken: this.#settings?.token !== undefined,
    });
  }

  #renderFailure({ message, next, request, status, requestId }: Failure): string {
    const isTerminal = process.stderr.isTTY === true;
    const paint = createPaint(wantsColour({ env: process.env, isTerminal, refused: this.argv.includes('--no-color') }));
    const [first = '', ...rest] = message.split('\n');
    const id = requestId === undefined ? '' : `, request ${requestId}`;
    const where = request === undefined ? [] : [paint('gray', `${request} answered ${status}${id}`)];
    return [`${paint('red', 'x')} ${first}`, ...[...rest, ...next, ...where].map((line) => `  ${line}`)].join('\n');
  }
}

function failureJson({ message, status, requestId, exit }: Failure): unknown {
  return { label: 'error', data: { message, status: status ?? null, request_id: requestId ?? null, exit_code: exit } };
}

/** The answer of an action to which the server answers without a body. */
export function actionDone(data: Readonly<Record<string, unknown>>): { label: 'success'; data: typeof data } {
  return { label: 'success', data };
}

/** Splits the `KEY=VALUE` arguments of `--variable`. */
export function parseVariables(pairs: readonly string[]): Record<string, string> {
  return parsePairs(pairs, 'a variable', '-v NAME=value');
}
