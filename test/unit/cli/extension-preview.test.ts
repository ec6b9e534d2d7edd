import { expect, test } from 'vitest';
import ExtensionPreviewCron from '../../../cli/commands/extension/preview/cron.ts';
import { runCommand } from './run-command.ts';

const preview = (...argv: string[]) => runCommand(ExtensionPreviewCron, 'extension:preview:cron', argv, {});

test('the next times, with the offsets around the change of clocks', async () => {
  const { stdout, exit } = await preview(
    ...['30 2 * * *', '--tz', 'Europe/Berlin', '--after', '2026-03-27T12:00:00Z', '--count', '3'],
  );
  expect(exit).toBe(0);
  expect(stdout.split('\n')).toEqual([
    '|    Europe/Berlin     | offset |        UTC        |',
    '|----------------------|--------|-------------------|',
    '| Sat 2026-03-28 02:30 | +01:00 | 2026-03-28T01:30Z |',
    '| Sun 2026-03-29 03:00 | +02:00 | 2026-03-29T01:00Z |',
    '| Mon 2026-03-30 02:30 | +02:00 | 2026-03-30T00:30Z |',
    'Times that clocks jump over: next. Times that they show twice: first.',
    '',
  ]);
});

test('ten of them by default, and as JSON', async () => {
  const { stdout } = await preview('0 0 1 1 *', '--json', '--after', '2026-01-01T00:00:00Z');
  const answer = JSON.parse(stdout) as { next: { time: number; local: string; offset: string }[] };
  expect(answer.next).toHaveLength(10);
  expect(answer.next[0]).toEqual({ time: Date.UTC(2027, 0, 1), local: 'Fri 2027-01-01 00:00', offset: '+00:00' });
});

test('an impossible date of the six fields never runs', async () => {
  expect((await preview('0 0 31 2 * *')).stdout).toContain('it never runs');
});

test.each([
  [['* * * *'], 'a cron expression has five fields'],
  [['* * * * *', '--tz', 'Mars/Olympus'], "'Mars/Olympus' is not a time zone"],
  [['* * * * *', '--after', 'yesterday'], "'yesterday' is not a time"],
])('%j is refused', async (argv, message) => {
  const { stderr, exit } = await preview(...argv);
  expect(exit).toBe(2);
  expect(stderr).toContain(message);
});
