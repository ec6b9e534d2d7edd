import { describe, expect, test } from 'vitest';

import { compileTarget, isTarget } from '../../../services/target-patterns.ts';

describe('a target', () => {
  test.each([
    ['dev', 'my-dev-ns', true],
    ['^dev$', 'dev', true],
    ['^dev$', 'devops', false],
    ['^dev$', 'Dev', false],
    ['(?i)^dev$', 'Dev', true],
    ['^(?:dev|test)-[0-9]+$', 'test-12', true],
    ['.*', '', true],
    ['', 'anything', true],
    [String.raw`^my\.ext$`, 'myxext', false],
  ])('%s for %s', (source, id, expected) => {
    expect(compileTarget(source)(id)).toBe(expected);
    expect(compileTarget(source)(id)).toBe(expected);
  });

  test.each(['(', '[a', '*a', '(?=a)', '(?<=a)b', String.raw`(a)\1`, 'a'.repeat(1001)])('cannot be %s', (source) => {
    expect(() => compileTarget(source)).toThrow(Error);
    expect(isTarget(source)).toBe(false);
  });

  test('is one if it says something', () => {
    expect([isTarget('^a'), isTarget('')]).toEqual([true, false]);
  });

  test('takes linear time', () => {
    const evil = compileTarget('^(a+)+$');
    expect(evil(`${'a'.repeat(20_000)}b`)).toBe(false);
  });

  test('is still right when many others were asked for', () => {
    for (let i = 0; i < 2500; i++) expect(compileTarget(`^n${i}$`)(`n${i}`)).toBe(true);
    expect(compileTarget('^dev$')('dev')).toBe(true);
  });
});
