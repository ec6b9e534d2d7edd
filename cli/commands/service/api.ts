import { BaseCommand } from '../../base-command.ts';
import { untilInterrupted } from '../../interrupt.ts';

export default class ServiceApi extends BaseCommand<typeof ServiceApi> {
  static override summary = 'run only the HTTP API';
  static override description =
    'For installations of several processes: any number of them, behind a load balancer. It is configured by /etc/gofer/gofer_web.toml and by variables such as GOFER_WEB_DATABASE__URL; `gofer service migrate` has to have prepared the database.';
  static override examples = ['GOFER_WEB_SERVER__BIND_ADDRESS=0.0.0.0:8080 <%= config.bin %> service api'];

  async run(): Promise<void> {
    const { startApiProcess } = await import('../../../runtime/processes.ts');
    await untilInterrupted(() => startApiProcess());
  }
}
