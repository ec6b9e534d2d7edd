import { Flags } from '@oclif/core';
import { actionDone, BaseCommand } from '../../base-command.ts';
import { pipelineArg, runArg, taskArg } from '../../inputs.ts';

export default class TaskCancel extends BaseCommand<typeof TaskCancel> {
  static override summary = 'cancel one task of a run and stop its container';
  static override examples = ['<%= config.bin %> task cancel nightly 7 report --wait-for 60'];
  static override args = { pipeline: pipelineArg, run: runArg, task: taskArg };
  static override flags = {
    'wait-for': Flags.integer({
      char: 'w',
      default: 15,
      min: 0,
      summary: 'seconds the container gets to stop by itself; 0 kills it at once',
    }),
  };

  async run() {
    const gofer = await this.connect();
    const { pipeline, run, task } = this.args;
    await gofer.tasks.cancel(this.taskRef(pipeline, run, task), this.flags['wait-for']);
    this.printSuccess(`Asked task '${task}' of run #${run} to stop`);
    return actionDone({ namespace_id: this.settings.namespace, pipeline_id: pipeline, run_id: run, task_id: task });
  }
}
