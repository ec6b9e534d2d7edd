import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { compileFilter, FilterError } from '../../../../core/builtin/filter.ts';
import { parsePath, readPath, toText } from '../../../../core/builtin/path.ts';

const compilePattern = (source: string) => {
  const pattern = RE2JS.compile(source);
  return (text: string) => pattern.matcher(text).find();
};
const compile = (source: string) => compileFilter(source, ['body', 'headers'], compilePattern);

const scope = {
  headers: { 'x-gitlab-event': 'Push Hook', 'content type': 'a "b"' },
  body: {
    ref: 'refs/heads/main',
    total: 3,
    draft: false,
    ready: true,
    nothing: null,
    labels: ['bug', 'ui'],
    commits: [{ id: 'a1' }, { id: 'b2' }],
    'it is': "o'clock",
  },
};

test.each([
  "body.ref == 'refs/heads/main'",
  'body.ref == "refs/heads/main" and body.total == 3',
  'headers.x-gitlab-event == "Push Hook"',
  'headers["x-gitlab-event"] contains "Push"',
  'body.labels contains "ui"',
  'body.total > 2 and body.total >= 3 and body.total < 4 and body.total <= 3 and body.total != 4',
  'body.total > -1.5',
  "body.ref > 'refs'",
  "body.ref matches '^refs/heads/(main|release/.*)$'",
  "body.total matches '^3$'",
  'body.ready',
  'not body.draft',
  'not not body.ready',
  'body.draft == false',
  'exists body.draft',
  'not exists body.nothing and not exists body.absent.deeper[3]',
  'body.nothing == null and body.absent == null',
  'body.commits[0].id == "a1" and body.commits[-1].id == "b2"',
  "body[\"it is\"] == 'o\\'clock'",
  'body.draft or body.ready',
  'body.draft and body.draft or body.ready',
  'not (body.draft or not body.ready)',
  '\n  body.ready\n  and (body.total == 3\n or body.total == 4)',
  "body.absent != 'x'",
])('%s is met', (source) => {
  expect(compile(source)(scope)).toBe(true);
});

test.each([
  "body.total == '3'",
  "body.total > '2'",
  'body.labels',
  'body.labels contains "u"',
  'body.total contains 3',
  'body.absent < 1',
  'body.absent matches ".*"',
  'body.nothing matches ".*"',
  'body.draft or body.draft and body.ready',
  'exists body.constructor',
  'exists body.__proto__',
  'body.ref.length == 15',
  'exists body.commits[2]',
])('%s is not met', (source) => {
  expect(compile(source)(scope)).toBe(false);
});

test.each([
  ['', 'expected a value at character 1'],
  ['body.ref ==', 'expected a value at character 12'],
  ['body.ref == == 1', 'expected a value, got "==" at character 13'],
  ['body.ref = 1', 'unexpected "=" at character 10'],
  ["body.ref == 'open", 'unexpected "\'" at character 13'],
  ['(body.ready', "expected ')' at character 12"],
  ['body.ready)', "expected 'and', 'or' or the end, got \")\" at character 11"],
  ['body.ready body.draft', "expected 'and', 'or' or the end, got \"body.draft\" at character 12"],
  ['ref == 1', 'a path begins with body or headers, got "ref" at character 1'],
  ['exists 3', 'expected a path, got "3" at character 8'],
  ['body..ref', 'expected a path, got "body..ref" at character 1'],
  ['body.ref matches body.ref', 'expected a pattern in quotes, got "body.ref" at character 18'],
  ['process.exit()', 'a path begins with body or headers, got "process.exit" at character 1'],
  ['('.repeat(60) + 'body.ready' + ')'.repeat(60), 'more than 50 open parentheses at character 52'],
])('%s: %s', (source, message) => {
  expect(() => compile(source)).toThrow(
    new FilterError(message.replace(/ at character \d+$/, ''), Number(/\d+$/.exec(message)?.[0])),
  );
});

test('a pattern that RE2 refuses is refused with its place', () => {
  expect(() => compile("body.ref matches '(?=x)'")).toThrow(/not a valid pattern .* at character 18/);
});

test('whatever the text, it compiles or is refused with a place in it, and then never fails', () => {
  const words = fc.constantFrom(
    ...['body', 'headers', '.', 'x', '==', 'and', 'or', 'not', '(', ')', "'a'", '3', ' ', '[0]'],
  );
  const sources = fc.oneof(
    fc.string(),
    fc.array(words).map((parts) => parts.join(' ')),
  );
  fc.assert(
    fc.property(sources, fc.jsonValue(), (source, body) => {
      const position = positionOfError(() => void compile(source)({ body }));
      expect(position).toBeGreaterThanOrEqual(1);
      expect(position).toBeLessThanOrEqual(source.length + 1);
    }),
  );
});

/** 1 if there is none. Any other error is thrown. */
function positionOfError(work: () => void): number {
  try {
    work();
    return 1;
  } catch (error) {
    if (error instanceof FilterError) return error.position;
    throw error;
  }
}

test('paths', () => {
  expect(parsePath('body.a[1]["b c"].d-e')).toEqual(['body', 'a', 1, 'b c', 'd-e']);
  for (const text of ['', '.', 'a.', 'a[', 'a[x]', 'a b', '1a', 'a[""x]']) expect(parsePath(text)).toBeUndefined();
  expect(readPath({ a: [{ b: 1 }] }, ['a', 0, 'b'])).toBe(1);
  expect([undefined, null, 'x', 1.5, true, { a: [1] }].map(toText)).toEqual(['', '', 'x', '1.5', 'true', '{"a":[1]}']);
});
