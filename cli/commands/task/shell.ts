import { Flags } from '@oclif/core';
import { pipelineArg, runArg, taskArg } from '../../inputs.ts';
import { TerminalCommand } from '../../terminal-command.ts';

export default class TaskShell extends TerminalCommand<typeof TaskShell> {
  static override summary = "open a shell in a task's container";
  static override description =
    'The container of a running task, or that of a failed one, if its run was started with --keep-failed. A container that has failed does not run any more: the shell gets another one with the same files, environment and user, which is removed when the shell ends. What it changes is not kept.';
  static override examples = [
    '<%= config.bin %> task shell nightly 7 report',
    '<%= config.bin %> task shell nightly 7 report --shell /bin/bash',
  ];
  static override args = { pipeline: pipelineArg, run: runArg, task: taskArg };
  static override flags = {
    shell: Flags.string({ default: '/bin/sh', summary: 'which shell' }),
  };

  async run(): Promise<void> {
    const { pipeline, run, task } = this.args;
    await this.openTerminal(this.taskRef(pipeline, run, task), this.flags.shell);
  }
}
