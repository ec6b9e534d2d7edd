import { expect, test } from 'vitest';
import { CommandError, EXIT, explain, usageError } from '../../../cli/errors.ts';
import { ApiError, StreamClosedError, UnreachableError } from '../../../sdk/errors.ts';

const context = { command: 'run get', args: { pipeline: 'nightly', run: 7 }, hasToken: true };

test.each([
  [new ApiError(400, 'wrong', 'GET /x'), EXIT.failed],
  [new ApiError(409, 'taken', 'GET /x'), EXIT.failed],
  [new ApiError(500, 'broken', 'GET /x'), EXIT.failed],
  [new ApiError(404, 'missing', 'GET /x'), EXIT.notFound],
  [new ApiError(401, 'who?', 'GET /x'), EXIT.authentication],
  [new ApiError(403, 'no', 'GET /x'), EXIT.authentication],
  [new UnreachableError('http://x', 'refused'), EXIT.unreachable],
  [new StreamClosedError(1011, 'shutdown'), EXIT.failed],
  [new CommandError('typo', EXIT.usage), EXIT.usage],
  [new Error('anything'), EXIT.failed],
])('%s has exit code %d', (error, exit) => {
  expect(explain(error, context).exit).toBe(exit);
});

test('a missing token is an authentication error, although the server says 400', () => {
  const failure = explain(new ApiError(400, 'no header', 'GET /x'), { ...context, hasToken: false });
  expect(failure).toMatchObject({ exit: EXIT.authentication, next: [expect.stringContaining('GOFER_TOKEN')] });
});

test('what is missing is looked for where it would be listed', () => {
  const missing = new ApiError(404, 'missing', 'GET /x');
  const next = (command: string, args: object) => explain(missing, { ...context, command, args: { ...args } }).next[0];
  expect(next('task get', { pipeline: 'p', run: 7, task: 't' })).toBe('see what there is: gofer task list p 7');
  expect(next('run get', { pipeline: 'p', run: 7 })).toBe('see what there is: gofer run list p');
  expect(next('run start', { pipeline: 'p' })).toBe('see what there is: gofer pipeline list');
  expect(next('pipeline list', {})).toBe('see what there is: gofer namespace list');
  expect(next('namespace get', { id: 'n' })).toBe('see what there is: gofer namespace list');
});

test('a refusal shows what was asked and the id to look for in the log', () => {
  expect(explain(new ApiError(409, 'it is taken', 'POST /api/namespaces', 'r-1'), context)).toEqual({
    message: 'it is taken',
    request: 'POST /api/namespaces',
    exit: EXIT.failed,
    next: [],
    status: 409,
    requestId: 'r-1',
  });
});

test('messages about flags lose what is of no use', () => {
  const error = usageError(new Error('Parsing --limit \n\tExpected an integer\nSee more help with --help'), 'run list');
  expect(error).toMatchObject({
    message: '--limit: Expected an integer',
    next: ['see: gofer run list --help'],
    exit: 2,
  });
});
