import type { Hook } from '@oclif/core';
import { EXIT } from '../errors.ts';
import { suggestCommands } from '../suggest.ts';

/** Answers a mistyped command with what may have been meant. */
const commandNotFound: Hook<'command_not_found'> = async function ({ id, argv, config }) {
  const words = [...id.split(':'), ...(argv ?? []).filter((word) => !word.startsWith('-'))];
  const ids = config.commands.filter(({ hidden }) => !hidden).map((command) => command.id);
  const known = new Set([...ids, ...config.topics.map(({ name }) => name)].map((id) => id.replaceAll(':', ' ')));
  const { typed, near } = suggestCommands(words, [...known]);
  const next = near.length > 0 ? near.map((command) => `did you mean: gofer ${command}`) : ['see: gofer --help'];
  process.stderr.write(`${[`x there is no command '${typed}'`, ...next.map((line) => `  ${line}`)].join('\n')}\n`);
  process.exit(EXIT.usage);
};

export default commandNotFound;
