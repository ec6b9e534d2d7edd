import { Args, Flags } from '@oclif/core';
import type { PipelineDocument } from '../../core/pipeline-config.ts';
import type { GoferClient } from '../../sdk/client.ts';
import type { Config } from '../../sdk/wire.ts';
import { actionDone } from '../base-command.ts';
import { followFlag, keepFailedFlag, variableFlag } from '../inputs.ts';
import { drawDag } from '../output/dag.ts';
import { compare, type Difference, isSame } from '../program/compare.ts';
import { LANGUAGES } from '../program/detect.ts';
import { readPipeline } from '../program/read-pipeline.ts';
import { requireConfirmation } from '../prompt.ts';
import { RunCommand } from '../run-command.ts';

/** What there is of a pipeline already. */
interface Versions {
  readonly newest: Config;
  /** The one that new runs use. */
  readonly live: Config | undefined;
}

export default class Up extends RunCommand<typeof Up> {
  static override summary = 'register and deploy a pipeline from its program';
  static override description = `Runs the program, checks the pipeline that it prints, and registers it as a new version, which new runs use from then on. If the newest version is the same already, there is no new one. What changes is shown, and on a terminal you are asked before a version is replaced.

PATH is a program in TypeScript, JavaScript, Python or Go, or anything that can be executed; or the folder of one, with a pipeline.ts, package.json, go.mod, Cargo.toml or pipeline.py; or a .json document; or - for a document on standard input. A program prints its pipeline as JSON, which the SDK's finish() does.`;
  static override examples = [
    '<%= config.bin %> up pipeline.ts',
    '<%= config.bin %> up . --run --follow',
    '<%= config.bin %> up ./pipeline.py --yes',
    '<%= config.bin %> up pipeline.ts --check',
    'cat pipeline.json | <%= config.bin %> up - --no-deploy',
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
    check: Flags.boolean({
      summary: 'only check the pipeline and draw its graph; needs no server',
      exclusive: ['run', 'follow'],
    }),
    yes: Flags.boolean({ char: 'y', summary: 'replace a version without asking' }),
    run: Flags.boolean({ summary: 'start a run afterwards' }),
    follow: followFlag,
    variable: variableFlag,
    'keep-failed': keepFailedFlag,
    language: Flags.option({ options: LANGUAGES, summary: 'which program to use where there are several' })(),
    timeout: Flags.integer({ default: 60, min: 1, summary: 'seconds the program may take' }),
  };

  async run() {
    const { check, run, follow, variable, 'keep-failed': keepFailed } = this.flags;
    const document = await this.#readPipeline();
    if (check) return this.#reportCheck(document);
    const gofer = await this.connect();
    const done = await this.#bringUp(gofer, document);
    if (run || follow) return this.startRun(document.id, variable, follow, { keepFailed });
    return actionDone({ pipeline_id: document.id, ...done });
  }

  #readPipeline(): Promise<PipelineDocument> {
    const { language, timeout } = this.flags;
    return readPipeline(this.args.path, {
      timeoutMs: timeout * 1000,
      ...(language && { language }),
      ...(this.settings.debug && { onStderr: (text) => void process.stderr.write(text) }),
    });
  }

  #reportCheck(document: PipelineDocument): PipelineDocument {
    const count = document.tasks.length === 1 ? '1 task' : `${document.tasks.length} tasks`;
    this.printSuccess(`Pipeline '${document.id}' is in order (${count})`, '', ...drawDag(document.tasks, this.paint));
    return document;
  }

  async #bringUp(gofer: GoferClient, document: PipelineDocument) {
    const versions = await this.#findVersions(gofer, document.id);
    const base = versions?.live ?? versions?.newest;
    const difference = base && compare(base, document);
    const isNew = !versions || !isSame(compare(versions.newest, document));
    const deploys = this.flags.deploy && (isNew || versions.newest.state !== 'live');
    if (base && difference && !isSame(difference) && (isNew || deploys)) {
      await this.#confirm(document, base, difference, deploys);
    }
    const config = isNew
      ? (await gofer.configs.register(this.settings.namespace, document)).pipeline.config
      : versions.newest;
    if (deploys) await gofer.configs.deploy(this.pipelineRef(document.id), config.version);
    this.#report(document, config, isNew, deploys);
    return { version: config.version, registered: isNew, deployed: deploys };
  }

  async #findVersions(gofer: GoferClient, pipeline: string): Promise<Versions | undefined> {
    const { ApiError } = await import('../../sdk/client.ts');
    const ref = this.pipelineRef(pipeline);
    try {
      const { config: newest } = await gofer.configs.get(ref);
      if (newest.state === 'live') return { newest, live: newest };
      return { newest, live: (await gofer.configs.list(ref)).configs.find(({ state }) => state === 'live') };
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    }
  }

  /** @throws CommandError if the user does not want it */
  async #confirm({ id }: PipelineDocument, base: Config, difference: Difference, deploys: boolean): Promise<void> {
    const { describeDifference, paintDifference } = await import('../program/difference-lines.ts');
    const lines = paintDifference(describeDifference(difference), this.paint);
    this.print(`Changes since v${base.version}:`, ...lines.map((line) => `  ${line}`));
    const question = deploys ? `Replace v${base.version} of pipeline '${id}'?` : `Register this version of '${id}'?`;
    await requireConfirmation(question, this.flags.yes || this.settings.outputFormat !== 'plain');
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
