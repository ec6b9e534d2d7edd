import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { ensureError } from '../../../core/errors.ts';
import { actionDone, BaseCommand } from '../../base-command.ts';
import { CommandError, EXIT } from '../../errors.ts';

const TEMPLATE = `# Configuration of the gofer command line. Variables such as GOFER_NAMESPACE count for more, and flags for most.

# Where the API is.
# api_base_url = "http://127.0.0.1:8080/"

# The namespace to work in, unless --namespace says otherwise.
# namespace = "default"

# The token to send. \`gofer login\` keeps it in a better place, one for each server.
# token = ""

# Exact times instead of "5 minutes ago".
# detail = false

# How to print: "plain", "json" or "silent".
# output_format = "plain"

# Stack traces of errors.
# debug = false

# Accept any certificate of the server. Others may then listen and answer.
# insecure_skip_tls_verify = false
`;

export default class ConfigInit extends BaseCommand<typeof ConfigInit> {
  static override summary = 'write a configuration file with all keys, explained and commented out';
  static override examples = ['<%= config.bin %> config init', '<%= config.bin %> config init team.toml'];
  static override args = { path: Args.string({ description: 'the file; ~/.config/gofer.toml if left out' }) };
  static override flags = {
    force: Flags.boolean({ char: 'f', default: false, summary: 'replace a file that is there already' }),
  };

  async run() {
    const path = this.args.path ?? join(homedir(), '.config', 'gofer.toml');
    await mkdir(dirname(path), { recursive: true });
    const flag = this.flags.force ? 'w' : 'wx';
    // Somebody may write a token into it.
    await writeFile(path, TEMPLATE, { flag, mode: 0o600 }).catch((error: unknown) => {
      const { code, message } = ensureError(error) as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw new CommandError(`cannot write ${path}: ${message}`, EXIT.usage);
      throw new CommandError(`${path} exists already`, EXIT.failed, ['to replace it: --force']);
    });
    this.printSuccess(`Wrote ${path}`);
    return actionDone({ path });
  }
}
