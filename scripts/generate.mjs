// Makes everything in generated/ from openapi/ and prisma/schema.prisma. Does nothing if neither has changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');
const stampFile = join(root, 'generated', '.stamp.json');
const environment = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH}`,
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  // Generating needs no engine, but Prisma would download one unless this names a file that exists.
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
};

/** Each target: what it reads, what it writes, and the commands in between. */
const targets = {
  openapi: {
    inputs: ['openapi', 'scripts/generate.mjs', 'package-lock.json'],
    outputs: ['generated/openapi.json', 'generated/openapi.ts'],
    commands: [
      ['redocly', 'lint', 'openapi/openapi.yaml', '--config', 'openapi/redocly.yaml', '--max-problems', '30'],
      ['redocly', 'bundle', 'openapi/openapi.yaml', '--config', 'openapi/redocly.yaml', '-o', 'generated/openapi.json'],
      ['openapi-typescript', 'generated/openapi.json', '-o', 'generated/openapi.ts'],
    ],
  },
  prisma: {
    inputs: ['prisma/schema.prisma', 'scripts/generate.mjs', 'package-lock.json'],
    outputs: ['generated/prisma'],
    commands: [['prisma', 'generate', '--schema', 'prisma/schema.prisma']],
  },
};

function filesOf(path) {
  const entries = readdirSync(join(root, path), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const inner = `${path}/${entry.name}`;
    return entry.isDirectory() ? filesOf(inner) : [inner];
  });
}

function hashOf(inputs) {
  const hash = createHash('sha256');
  for (const input of inputs) {
    for (const file of input.includes('.') ? [input] : filesOf(input)) {
      hash
        .update(`${file}\0`)
        .update(readFileSync(join(root, file)))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

/** Shows what a command printed only if it fails. */
function run([command, ...args]) {
  const result = spawnSync(join(bin, command), args, { cwd: root, env: environment, encoding: 'utf8' });
  if (result.status === 0) return;
  console.error(`${command} ${args.join(' ')} failed\n${result.error ?? ''}${result.stdout}${result.stderr}`);
  process.exit(1);
}

const stamps = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, 'utf8')) : {};
mkdirSync(join(root, 'generated'), { recursive: true });
for (const [name, target] of Object.entries(targets)) {
  if (!target.inputs.every((input) => existsSync(join(root, input)))) continue;
  const stamp = hashOf(target.inputs);
  if (stamps[name] === stamp && target.outputs.every((output) => existsSync(join(root, output)))) continue;
  for (const command of target.commands) run(command);
  stamps[name] = stamp;
  writeFileSync(stampFile, `${JSON.stringify(stamps, null, 2)}\n`);
  console.log(`generated ${target.outputs.join(', ')}`);
}
