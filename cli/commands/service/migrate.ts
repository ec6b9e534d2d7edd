import { BaseCommand } from '../../base-command.ts';

export default class ServiceMigrate extends BaseCommand<typeof ServiceMigrate> {
  static override summary = 'bring the database to the schema of this version';
  static override description =
    'Safe to repeat, and to run beside older processes. The first time it also creates the bootstrap token and prints its secret, which is stored nowhere.';
  static override examples = ['GOFER_WEB_DATABASE__URL=postgresql://… <%= config.bin %> service migrate'];

  async run(): Promise<{ bootstrap_token: string | null }> {
    const { migrateDatabase } = await import('../../../runtime/processes.ts');
    const secret = await migrateDatabase();
    this.printSuccess('The database is ready', ...(secret ? [`Bootstrap token, shown only now: ${secret}`] : []));
    return { bootstrap_token: secret ?? null };
  }
}
