import { Args, Flags } from '@oclif/core';
import type { PipelineDocument } from '../../core/pipeline-config.ts';
import type { GoferClient } from '../../sdk/client.ts';
import type { Config } from '../../sdk/wire.ts';
import { actionDone } from '../base-command.ts';
import { followFlag, variableFlag } from '../inputs.ts';
import { compare, describeDifference, isSame } from '../program/compare.ts';
import { LANGUAGES } from '../program/detect.ts';
import { readPipeline } from '../program/read-pipeline.ts';
import { RunCommand } from '../run-command.ts';

export default class Up extends RunCommand<typeof Up> {
  static override summary = 'register and deploy a pipeline from its program';
  static override description =
    'Runs the program, checks the pipeline that it prints, and registers it as a new version, unless the newest version is the same already.';
  static override examples = [
    '<%= config.bin %> up pipeline.ts',
    '<%= config.bin %> up . --run --follow',
    'cat pipeline.json | <%= config.bin %> up - --check',
  ];
  static override args = {
    path: Args.string({
      required: true,
      description: 'a program, its folder, a .json document, or - for standard input',
    }),
  };
  static override flags = {
    deploy: Flags.boolean({
      char: 'd',
      default: true,
      allowNo: true,
      summary: 'make it the version that new runs use',
    }),
    check: Flags.boolean({ summary: 'only check the pipeline; needs no server', exclusive: ['run', 'follow'] }),
    run: Flags.boolean({ summary: 'start a run afterwards' }),
    follow: followFlag,
    variable: variableFlag,
    language: Flags.option({ options: LANGUAGES, summary: 'which program to use where there are several' })(),
    timeout: Flags.integer({ default: 60, min: 1, summary: 'seconds the program may take' }),
  };

  async run() {
    const { check, run, follow, deploy, language, timeout, variable } = this.flags;
    const document = await readPipeline(this.args.path, {
      timeoutMs: timeout * 1000,
      ...(language && { language }),
      ...(this.settings.debug && { onStderr: (text) => void process.stderr.write(text) }),
    });
    if (check) {
      this.printSuccess(
        `Pipeline '${document.id}' is in order (${document.tasks.length === 1 ? '1 task' : `${document.tasks.length} tasks`})`,
      );
      return document;
    }
    const gofer = await this.connect();
    const { config, isNew } = await this.#register(gofer, document);
    const deploys = deploy && config.state !== 'live';
    if (deploys) await gofer.configs.deploy(this.pipelineRef(document.id), config.version);
    this.#report(document, config, isNew, deploys);
    if (run || follow) return this.startRun(document.id, variable, follow);
    return actionDone({ pipeline_id: document.id, version: config.version, registered: isNew, deployed: deploys });
  }

  async #register(gofer: GoferClient, document: PipelineDocument): Promise<{ config: Config; isNew: boolean }> {
    const newest = await this.#newestVersion(gofer, document.id);
    if (newest) {
      const difference = compare(newest, document);
      if (isSame(difference)) return { config: newest, isNew: false };
      this.print(`Changes since v${newest.version}:`, ...describeDifference(difference).map((line) => `  ${line}`));
    }
    const { pipeline } = await gofer.configs.register(this.settings.namespace, document);
    return { config: pipeline.config, isNew: true };
  }

  async #newestVersion(gofer: GoferClient, pipeline: string): Promise<Config | undefined> {
    const { ApiError } = await import('../../sdk/client.ts');
    try {
      return (await gofer.configs.get(this.pipelineRef(pipeline))).config;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  #report({ id, name }: PipelineDocument, { version }: Config, isNew: boolean, deployed: boolean): void {
    const done = isNew ? 'Registered pipeline' : 'Nothing has changed in pipeline';
    const next =
      this.flags.run || this.flags.follow
        ? []
        : [`run it:       gofer pipeline run ${id} --follow`, `look at it:   gofer pipeline get ${id}`];
    this.printSuccess(`${done}: [${id}] '${name}' v${version}${deployed ? ', deployed' : ''}`, ...next);
  }
}
