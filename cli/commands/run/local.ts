import { Args, Flags } from '@oclif/core';
import type { RunRef } from '../../../core/ids.ts';
import type { PipelineDocument } from '../../../core/pipeline-config.ts';
import { GoferClient } from '../../../sdk/client.ts';
import { parseVariables } from '../../base-command.ts';
import { variableFlag } from '../../inputs.ts';
import type { LocalSecret } from '../../local/secrets.ts';
import { LANGUAGES } from '../../program/detect.ts';
import { readPipeline } from '../../program/read-pipeline.ts';
import { RunCommand } from '../../run-command.ts';

export default class RunLocal extends RunCommand<typeof RunLocal> {
  static override summary = 'run a pipeline on this machine, without any server';
  static override description = `Runs the program, and the pipeline that it prints on a Gofer that is started for this one run and of which nothing is left afterwards; it uses nothing but the containers of this machine. The run is followed, and the exit status is the run's. Ctrl-C cancels it.

Secrets come from a file such as .env: the secret db-password is the variable DB_PASSWORD. With --objects, the files of a folder are the objects of the pipeline, and what the run leaves is written back, the objects of the run itself to the folder run below it.

The first time takes some seconds longer than the others: an empty Gofer is prepared in a cache folder, which GOFER_CACHE_DIR names.`;
  static override examples = [
    '<%= config.bin %> run local pipeline.ts',
    '<%= config.bin %> run local . -v BRANCH=main -e secrets.env',
    '<%= config.bin %> run local pipeline.ts --objects ./objects',
  ];
  static override args = {
    path: Args.string({
      required: true,
      description: 'a program, its folder, a .json document, or - for standard input',
    }),
  };
  static override flags = {
    variable: variableFlag,
    'env-file': Flags.string({
      // Node takes --env-file for itself as well, wherever it stands; with this one it cannot.
      char: 'e',
      multiple: true,
      multipleNonGreedy: true,
      default: [],
      helpValue: 'FILE',
      summary: 'file with the values of secrets, in lines such as NAME=value; .env, if it is there, without it',
    }),
    objects: Flags.string({ helpValue: 'DIR', summary: 'folder with the objects of the pipeline' }),
    language: Flags.option({ options: LANGUAGES, summary: 'which program to use where there are several' })(),
    timeout: Flags.integer({ default: 60, min: 1, summary: 'seconds the program may take' }),
  };

  async run(): Promise<void> {
    const { 'env-file': files, variable, language, timeout } = this.flags;
    const variables = parseVariables(variable);
    const { findSecrets, readEnvFiles } = await import('../../local/secrets.ts');
    const env = readEnvFiles(files);
    const document = await readPipeline(this.args.path, {
      timeoutMs: timeout * 1000,
      ...(language && { language }),
      ...(this.settings.debug && { onStderr: (text) => void process.stderr.write(text) }),
    });
    const secrets = findSecrets(document, variables, env);
    const { startLocalStack } = await import('../../../runtime/local-stack.ts');
    const stack = await startLocalStack(() => this.#note('preparing what later runs begin with ...'));
    try {
      const { api_url: apiBaseUrl, token } = stack.ready;
      await this.#runOn(new GoferClient({ apiBaseUrl, token }), document, secrets, variables);
    } finally {
      await stack.stop();
    }
  }

  async #runOn(
    gofer: GoferClient,
    document: PipelineDocument,
    secrets: readonly LocalSecret[],
    variables: Record<string, string>,
  ): Promise<void> {
    const { loadObjects, saveObjects } = await import('../../local/objects.ts');
    const { objects } = this.flags;
    const pipeline = { namespace: 'default', pipeline: document.id };
    await gofer.configs.register(pipeline.namespace, document);
    for (const { kind, key, content } of secrets) {
      if (kind === 'pipeline_secret') await gofer.secrets.put(pipeline, { key, content, force: true });
      else await gofer.secrets.putGlobal({ key, content, namespaces: ['.*'], force: true });
    }
    if (objects !== undefined) await loadObjects(gofer, pipeline, objects);
    const { run } = await gofer.runs.start(pipeline, variables);
    const ref: RunRef = { ...pipeline, run: run.run_id };
    await this.followToItsEnd(gofer, ref);
    if (objects !== undefined) await saveObjects(gofer, ref, objects);
  }

  #note(text: string): void {
    if (this.settings.outputFormat === 'plain') process.stderr.write(`${text}\n`);
  }
}
