import { expect, test } from 'vitest';
import { parseEnds, parseUpstream } from '../../../../core/builtin/chain.ts';
import { mapVariables, parseMapping } from '../../../../core/builtin/mapping.ts';
import {
  DEFAULT_MESSAGE,
  escapeSlack,
  MESSAGE_FIELDS,
  parseConditions,
  reasonsToNotify,
} from '../../../../core/builtin/notify.ts';
import { fillTemplate, unknownNames } from '../../../../core/builtin/template.ts';
import type { RunStatus } from '../../../../core/states.ts';

function reasons(text: string, status: RunStatus, before: readonly RunStatus[], took = 1000): readonly string[] {
  const conditions = parseConditions(text);
  if (typeof conditions === 'string') throw new Error(conditions);
  return reasonsToNotify(conditions, { status, took }, before);
}

test.each<[string, RunStatus, RunStatus[], string[]]>([
  ['failed', 'failed', [], ['failed']],
  ['failed', 'successful', ['failed'], []],
  ['failed, recovered', 'successful', ['failed'], ['recovered']],
  ['recovered', 'successful', ['successful', 'failed'], []],
  ['recovered', 'successful', [], []],
  ['ended', 'cancelled', [], ['ended cancelled']],
  ['cancelled', 'cancelled', [], ['cancelled']],
  ['failures:3', 'failed', ['failed', 'failed'], ['failed 3 times in a row']],
  ['failures:3', 'failed', ['failed', 'failed', 'successful', 'failed'], ['failed 3 times in a row']],
  ['failures:3', 'failed', ['failed'], []],
  // Told once, when the streak gets there.
  ['failures:3', 'failed', ['failed', 'failed', 'failed'], []],
  ['failures:3', 'successful', ['failed', 'failed', 'failed'], []],
])('%s: a run that ended %s after %j', (text, status, before, expected) => {
  expect(reasons(text, status, before)).toEqual(expected);
});

test('took longer than', () => {
  expect(reasons('longer:30m', 'successful', [], 31 * 60_000)).toEqual(['took 31m, longer than 30m']);
  expect(reasons('longer:30m', 'successful', [], 30 * 60_000)).toEqual([]);
});

test.each([
  '',
  'fail',
  'failures',
  'failures:1',
  'failures:101',
  'failures:x',
  'longer',
  'longer:0',
  'longer:1:2',
  'failed,',
])('the condition %j is refused', (text) => {
  expect(parseConditions(text)).toContain('is none of');
});

test('templates have values and nothing else', () => {
  expect(fillTemplate('{{ a }}-{{b}}-{{c}}-{{a', { a: '1', b: '{{a}}' })).toBe('1-{{a}}--{{a');
  expect(fillTemplate('{{constructor}}', {})).toBe('');
  expect(unknownNames(DEFAULT_MESSAGE, MESSAGE_FIELDS)).toEqual([]);
  expect(unknownNames('{{a}} {{ x }} {{constructor}}', ['a'])).toEqual(['x', 'constructor']);
  expect(escapeSlack('<a> & b')).toBe('&lt;a&gt; &amp; b');
});

test('upstream pipelines and the ends of their runs', () => {
  expect(parseUpstream('build', 'default')).toEqual({ namespace: 'default', pipeline: 'build' });
  expect(parseUpstream('team-a/build', 'default')).toEqual({ namespace: 'team-a', pipeline: 'build' });
  for (const text of ['', '/build', 'a/b/c', 'no', 'x y z']) expect(parseUpstream(text, 'default')).toBeUndefined();
  expect(parseEnds('successful, failed')).toEqual(['successful', 'failed']);
  expect(parseEnds('complete')).toBe("'complete' is none of successful, failed, cancelled, unknown");
});

test('variables from a body and its headers', () => {
  const mapping = parseMapping('BRANCH = body.ref,KIND=headers.x-event\nALL=body.list , NONE=body.none', [
    'body',
    'headers',
  ]);
  if (typeof mapping === 'string') throw new Error(mapping);
  const scope = { body: { ref: 'main', list: [1, { a: null }] }, headers: { 'x-event': 'push' } };
  expect(mapVariables(mapping, scope)).toEqual({ BRANCH: 'main', KIND: 'push', ALL: '[1,{"a":null}]', NONE: '' });
  expect(parseMapping('BRANCH', ['body'])).toBe("'BRANCH' is not of the form NAME=path");
  expect(parseMapping('A=env.x', ['body'])).toBe("'env.x' is no path that begins with body");
  expect(parseMapping('', ['body'])).toEqual([]);
});
