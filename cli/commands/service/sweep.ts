import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base-command.ts';
import { EXIT } from '../../errors.ts';

export default class ServiceSweep extends BaseCommand<typeof ServiceSweep> {
  static override summary = 'compare the records of objects with the bytes in the object store';
  static override description =
    'Removes bytes that no record names, which crashes leave, and names records whose bytes are gone; then it exits with 1. Workers do the same in the course of a day.';
  static override examples = ['<%= config.bin %> service sweep'];
  static override flags = {
    'min-age': Flags.integer({
      summary: 'leave alone what is younger, in seconds; 0 only if no server runs',
      default: 3600,
      min: 0,
    }),
  };

  async run(): Promise<object> {
    const { sweepConfiguredObjects } = await import('../../../runtime/processes.ts');
    const report = await sweepConfiguredObjects(this.flags['min-age']);
    this.printSuccess(`Found ${report.orphans} without a record`, ...report.missing.map((blob) => `missing: ${blob}`));
    if (report.missing.length > 0) process.exitCode = EXIT.failed;
    return report;
  }
}
