import { Flags } from '@oclif/core';
import { pipelineArg, runArg, taskArg } from '../../inputs.ts';
import { TerminalCommand } from '../../terminal-command.ts';

export default class TaskAttach extends TerminalCommand<typeof TaskAttach> {
  static override summary = "run a command in a running task's container, on this terminal";
  static override description =
    'What is typed goes to the command as it is, Ctrl-C included; Ctrl-] leaves. Without a terminal, standard input is what is typed. The exit status is that of the command. The command is split at single spaces; there is no quoting.';
  static override examples = [
    '<%= config.bin %> task attach nightly 7 report',
    "<%= config.bin %> task attach nightly 7 report --cmd 'ps aux'",
    "echo 'df -h' | <%= config.bin %> task attach nightly 7 report",
  ];
  static override args = { pipeline: pipelineArg, run: runArg, task: taskArg };
  static override flags = {
    cmd: Flags.string({ char: 'c', default: '/bin/sh', summary: 'the program to run, with its arguments' }),
  };

  async run(): Promise<void> {
    const { pipeline, run, task } = this.args;
    await this.openTerminal(this.taskRef(pipeline, run, task), this.flags.cmd);
  }
}
