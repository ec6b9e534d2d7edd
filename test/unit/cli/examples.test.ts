import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readPipeline } from '../../../cli/program/read-pipeline.ts';
import { expected } from '../../../examples/dag/expected.ts';

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const names = readdirSync(examples).filter((name) => existsSync(`${examples}${name}/pipeline.ts`));

test.each(names)('the example %s prints its stored document', async (name) => {
  const printed = await readPipeline(`${examples}${name}/pipeline.ts`, { timeoutMs: 30_000 });
  expect(printed).toEqual(JSON.parse(readFileSync(`${examples}${name}/pipeline.json`, 'utf8')));
});

test('it is known how every task of the example dag ends', async () => {
  const { tasks } = await readPipeline(`${examples}dag/pipeline.json`, { timeoutMs: 1 });
  expect(Object.keys(expected.tasks)).toEqual(tasks.map(({ id }) => id));
});
