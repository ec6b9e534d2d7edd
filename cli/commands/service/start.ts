import { Flags } from '@oclif/core';
import type { StackAddresses, StackOptions } from '../../../runtime/stack.ts';
import { BaseCommand } from '../../base-command.ts';
import { untilInterrupted } from '../../interrupt.ts';

const port = { min: 0, max: 65_535 };

export default class ServiceStart extends BaseCommand<typeof ServiceStart> {
  static override summary = 'start a Gofer of your own: API, worker, PostgreSQL and Temporal in one command';
  static override description =
    'Everything listens on this machine only and keeps its data in one folder. Ctrl-C stops it; starting it again goes on where it was, interrupted runs included. With --json one line of JSON tells the addresses and the token when all is ready.';
  static override examples = ['<%= config.bin %> service start', '<%= config.bin %> service start --port 0 --json'];
  static override flags = {
    'data-dir': Flags.string({ summary: 'folder for the data' }),
    port: Flags.integer({ ...port, summary: 'port of the API; 0 for a free one' }),
    'external-events-port': Flags.integer({ ...port, summary: 'port for external events, such as web hooks' }),
    'temporal-port': Flags.integer({ ...port, summary: 'port of Temporal' }),
    'temporal-ui-port': Flags.integer({ ...port, summary: "port of Temporal's web pages" }),
  };

  async run(): Promise<void> {
    const { startStack } = await import('../../../runtime/stack.ts');
    await untilInterrupted(
      () => startStack(this.#options()),
      ({ ready }) => {
        this.printJsonLine(ready);
        this.#welcome(ready);
      },
    );
  }

  #options(): StackOptions {
    const { flags } = this;
    return {
      ...(flags['data-dir'] !== undefined && { dataDir: flags['data-dir'] }),
      ...(flags.port !== undefined && { port: flags.port }),
      ...(flags['external-events-port'] !== undefined && { externalEventsPort: flags['external-events-port'] }),
      ...(flags['temporal-port'] !== undefined && { temporalPort: flags['temporal-port'] }),
      ...(flags['temporal-ui-port'] !== undefined && { temporalUiPort: flags['temporal-ui-port'] }),
    };
  }

  #welcome({ api_url, temporal_ui_url, data_dir }: StackAddresses): void {
    this.printSuccess(
      'Gofer is ready',
      `API:          ${api_url}`,
      `Temporal UI:  ${temporal_ui_url}`,
      `Data:         ${data_dir}`,
      '',
      'In another terminal, for example:',
      '  gofer up examples/dag --run --follow',
      'Ctrl-C stops it.',
    );
  }
}
