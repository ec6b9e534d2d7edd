import { UnreachableError } from '../../../sdk/errors.ts';
import { BaseCommand } from '../../base-command.ts';
import { EXIT } from '../../errors.ts';
import { formatColumns } from '../../output/table.ts';

const REDACTED = '[Redacted]';

export default class Context extends BaseCommand<typeof Context> {
  static override summary = 'show who you are, what is configured, and what server that is';
  static override description =
    'What you may not see is left out. The token itself is never shown. Several servers can be kept under names: see `gofer context list` and `gofer login`.';
  static override examples = ['<%= config.bin %> context', '<%= config.bin %> context --context work --json'];

  async run() {
    const gofer = await this.connect();
    const [token, metadata, preferences] = await Promise.all([
      this.#ask(async () => (await gofer.tokens.whoami()).token),
      this.#ask(() => gofer.system.metadata()),
      this.#ask(() => gofer.system.preferences()),
    ]);
    const { apiBaseUrl, token: secret, context, ...rest } = this.settings;
    const configuration = {
      context: context ?? null,
      api_base_url: apiBaseUrl,
      token: secret === undefined ? null : REDACTED,
      namespace: rest.namespace,
      detail: rest.detail,
      output_format: rest.outputFormat,
      debug: rest.debug,
      insecure_skip_tls_verify: rest.insecureSkipTlsVerify,
    };
    this.#section('Token', token && { id: token.id, user: token.user, roles: token.roles.join(', ') });
    this.#section('Configuration', configuration);
    this.#section('Server', (metadata ?? preferences) && { ...metadata, ...preferences });
    return { token, configuration, server: { metadata, preferences } };
  }

  /** Nothing if the server refuses. If it is not there, the exit code says so. */
  async #ask<T>(call: () => Promise<T>): Promise<T | null> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof UnreachableError) process.exitCode = EXIT.unreachable;
      return null;
    }
  }

  #section(title: string, values: object | null): void {
    const rows = Object.entries(values ?? {}).map(([key, value]) => [`  ${key}:`, String(value ?? 'None')]);
    this.print(this.paint('blue', title), ...(rows.length === 0 ? ['  not to be seen'] : formatColumns(rows)), '');
  }
}
