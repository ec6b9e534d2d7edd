import { BaseCommand } from '../../base-command.ts';
import { untilInterrupted } from '../../interrupt.ts';

export default class ServiceWorker extends BaseCommand<typeof ServiceWorker> {
  static override summary = 'run only a worker, which walks runs and supervises their containers';
  static override description =
    'For installations of several processes: any number of them, on machines that reach the container engine. Stopping or killing one ends no container: another worker takes over. It is configured by /etc/gofer/gofer_web.toml and by variables such as GOFER_WEB_DATABASE__URL.';
  static override examples = ['GOFER_WEB_TEMPORAL__ADDRESS=temporal:7233 <%= config.bin %> service worker'];

  async run(): Promise<void> {
    const { startWorkerProcess } = await import('../../../runtime/processes.ts');
    await untilInterrupted(() => startWorkerProcess());
  }
}
