import { Args } from '@oclif/core';
import { BaseCommand } from '../base-command.ts';
import { SCRIPTS, SHELLS } from '../complete/scripts.ts';

export default class Completion extends BaseCommand<typeof Completion> {
  static override summary = 'print what a shell needs to complete commands, flags and ids';
  static override description = `Ids of namespaces, pipelines, runs, tasks and the like are asked from the server that is configured; if it does not answer within a second, nothing is suggested.

bash, in ~/.bashrc:       source <(gofer completion bash)
zsh, in ~/.zshrc:         source <(gofer completion zsh)
fish, once:               gofer completion fish > ~/.config/fish/completions/gofer.fish`;
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/gofer.fish',
  ];
  static override args = {
    shell: Args.option({ options: SHELLS, description: 'the shell' })({ required: true }),
  };

  async run() {
    const { shell } = this.args;
    const script = SCRIPTS[shell];
    this.print(script.trimEnd());
    return { shell, script };
  }
}
