import { expect, test } from 'vitest';
import { editDistance, suggest, suggestCommands } from '../../../cli/suggest.ts';

const commands = ['run list', 'run start', 'task list', 'pipeline list', 'pipeline get', 'up'];

test.each([
  ['run strat', ['run start']],
  ['pipelines list', ['pipeline list']],
  ['pipeline', ['pipeline get', 'pipeline list']],
  ['somethingelse', []],
])('%s may have meant %j', (typed, expected) => {
  expect(suggest(typed, commands).slice(0, Math.max(1, expected.length))).toEqual(expected);
});

test.each([
  ['', 'abc', 3],
  ['abc', 'abc', 0],
  ['ab', 'ba', 1],
  ['kitten', 'sitting', 3],
])('from %s to %s it takes %d steps', (from, to, steps) => {
  expect(editDistance(from, to)).toBe(steps);
});

test.each([
  ['pipelin object list nightly', 'pipelin object list', ['pipeline object list']],
  ['pipeline lst x', 'pipeline lst', ['pipeline list', 'pipeline get']],
  ['uq x.ts', 'uq', ['up']],
  ['something else', 'something else', []],
])('of "%s" the words "%s" may have meant %j', (line, typed, near) => {
  const known = [...commands, 'pipeline object list'];
  expect(suggestCommands(line.split(' '), known)).toEqual({ typed, near });
});
