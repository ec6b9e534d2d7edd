import { BaseCommand } from '../../base-command.ts';

export default class ServiceConfig extends BaseCommand<typeof ServiceConfig> {
  static override summary = 'show the configuration that a server would start with';
  static override description =
    'It comes from /etc/gofer/gofer_web.toml and from variables such as GOFER_WEB_API__LOG_LEVEL, which win. Secrets are masked. A key that is wrong is named.';
  static override examples = ['<%= config.bin %> service config', '<%= config.bin %> service config --json'];

  async run(): Promise<object> {
    const { loadConfig, maskSecrets } = await import('../../../runtime/config.ts');
    const { stringify } = await import('smol-toml');
    const config = maskSecrets(loadConfig());
    this.print(stringify(config));
    return config;
  }
}
