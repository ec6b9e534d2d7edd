import { Flags } from '@oclif/core';
import { actionDone, BaseCommand } from '../../base-command.ts';
import { pipelineArg, runArg } from '../../inputs.ts';
import { writeToFile, writeToStandardOutput } from '../../object-command.ts';

export default class RunDebug extends BaseCommand<typeof RunDebug> {
  static override summary = 'put everything about a run into one archive';
  static override description =
    'The archive, a .tar.gz, holds the run, its tasks with all attempts, the version of the pipeline, its deployments, the keys of its objects, its events, the logs of all tasks, and the versions of client and server. It holds no secrets: logs are masked, and the values of variables that sound like a secret are left out. What could not be had is named in it.';
  static override examples = [
    '<%= config.bin %> run debug nightly 7',
    '<%= config.bin %> run debug nightly 7 -o /tmp/why.tar.gz',
    '<%= config.bin %> run debug nightly 7 -o - | tar tz',
  ];
  static override args = { pipeline: pipelineArg, run: runArg };
  static override flags = {
    output: Flags.string({ char: 'o', summary: 'where to write it; - for standard output', helpValue: 'FILE' }),
  };

  async run() {
    const [{ archiveOf }, { collectRun }] = await Promise.all([
      import('../../debug/archive.ts'),
      import('../../debug/collect.ts'),
    ]);
    const { pipeline, run } = this.args;
    const name = `gofer-${pipeline}-${run}`;
    const output = this.flags.output ?? `${name}.tar.gz`;
    const gofer = await this.connect();
    const ref = this.runRef(pipeline, run);
    // So that a wrong name is an error, and not an archive.
    await gofer.runs.get(ref);
    const client = { version: this.config.version, address: new URL(this.settings.apiBaseUrl).origin };
    let missing: readonly string[] = [];
    const archive = archiveOf(name, async (writer) => {
      missing = await collectRun(gofer, ref, client, writer);
    });
    if (output === '-') return writeToStandardOutput(archive);
    await writeToFile(output, archive, 0o600);
    this.printSuccess(`Wrote ${output}`, ...missing.map((part) => this.paint('yellow', `without ${part}`)));
    return actionDone({ pipeline_id: pipeline, run_id: run, output, missing });
  }
}
