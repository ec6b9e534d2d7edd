import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseReference } from '../../../core/interpolation.ts';

test.each([
  ['pipeline_secret{{db-pass}}', 'pipeline_secret', 'db-pass'],
  [' PIPELINE_SECRET{{ db-pass }} ', 'pipeline_secret', 'db-pass'],
  ['global_secret{{glob}}', 'global_secret', 'glob'],
  ['pipeline_object{{k}}', 'pipeline_object', 'k'],
  ['run_object{{k}}', 'run_object', 'k'],
  ['Run_Object{{K}}', 'run_object', 'K'],
  ['\n\trun_object{{\n a/b c \t}}\n', 'run_object', 'a/b c'],
  ['run_object{{a}b}}', 'run_object', 'a}b'],
])('%j refers to %s %j', (value, kind, key) => {
  expect(parseReference(value)).toEqual({ kind, key });
});

test.each([
  '',
  'plain',
  'x pipeline_secret{{k}}',
  'pipeline_secret{{k}} x',
  'pipeline_secret {{k}}',
  'pipeline_secret{{}}',
  'pipeline_secret{{  }}',
  'pipeline_secret{{k}',
  'pipeline_secret{k}}',
  'foo{{k}}',
  'unknown{{x}}',
  '{{k}}',
  'my_pipeline_secret{{k}}',
])('%j is plain text', (value) => {
  expect(parseReference(value)).toBeUndefined();
});

test('what the SDK writes is read again', () => {
  const kinds = fc.constantFrom('pipeline_secret', 'global_secret', 'pipeline_object', 'run_object');
  fc.assert(
    fc.property(kinds, fc.stringMatching(/^[A-Za-z0-9-]{1,32}$/), (kind, key) => {
      expect(parseReference(`${kind}{{${key}}}`)).toEqual({ kind, key });
    }),
  );
});

test('a long text takes time in proportion to its length', () => {
  const before = process.cpuUsage();
  for (const filler of [' ', '{{', '}}', 'run_object{{', '\n']) {
    parseReference(`run_object{{${filler.repeat(100_000)}`);
    parseReference(`${filler.repeat(100_000)}run_object{{k`);
  }
  const { user } = process.cpuUsage(before);
  expect(user / 1_000).toBeLessThan(1_000);
});
