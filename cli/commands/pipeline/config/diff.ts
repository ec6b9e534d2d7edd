import { Args } from '@oclif/core';
import { BaseCommand } from '../../../base-command.ts';
import { pipelineArg, versionArg } from '../../../inputs.ts';
import { compare, isSame, toDocument } from '../../../program/compare.ts';
import { describeDifference, paintDifference } from '../../../program/difference-lines.ts';

export default class PipelineConfigDiff extends BaseCommand<typeof PipelineConfigDiff> {
  static override summary = 'show what changed from one version of a pipeline to another';
  static override description =
    'Versions are compared by meaning: the order of tasks, variables and parents does not count. A task with registry credentials always counts as changed, since the server does not give passwords back.';
  static override examples = [
    '<%= config.bin %> pipeline config diff nightly 2 3',
    '<%= config.bin %> pipeline config diff nightly 2',
  ];
  static override args = {
    pipeline: pipelineArg,
    from: versionArg,
    to: Args.integer({ min: 0, default: 0, description: 'number of the other version; the newest if left out' }),
  };

  async run() {
    const gofer = await this.connect();
    const ref = this.pipelineRef(this.args.pipeline);
    const [before, after] = await Promise.all([
      gofer.configs.get(ref, this.args.from),
      gofer.configs.get(ref, this.args.to),
    ]);
    const difference = compare(before.config, toDocument(after.config));
    this.#print(before.config.version, after.config.version, describeDifference(difference));
    return {
      from: before.config.version,
      to: after.config.version,
      same: isSame(difference),
      difference,
    };
  }

  #print(from: number, to: number, lines: readonly string[]): void {
    this.print(lines.length === 0 ? `v${from} and v${to} are the same` : `Changes from v${from} to v${to}:`);
    for (const line of paintDifference(lines, this.paint)) this.print(`  ${line}`);
  }
}
