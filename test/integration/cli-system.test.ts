import { expect, test } from 'vitest';
import { done, gofer, json, plain } from '../helpers/cli.ts';
import { clientFor, uniqueId } from '../helpers/gofer.ts';

const client = clientFor();

test('the switches of the server are shown and changed', async () => {
  expect(await plain('system', 'get')).toMatchInlineSnapshot(`
    "bootstrap_token_created:     true
    ignore_pipeline_run_events:  false
    "
  `);
  await json('GetSystemPreferencesResponse', 'system', 'get');
  // What is set here is what it was, since other tests start runs.
  expect(await plain('system', 'set', '--no-ignore-pipeline-run-events')).toMatchInlineSnapshot(`
    "✓ New runs are accepted again
    "
  `);
  expect(await done('system', 'set', '--no-ignore-pipeline-run-events')).toEqual({ ignore_pipeline_run_events: false });
  expect(await gofer('system', 'set')).toMatchObject({ exit: 2 });
});

test('events are listed, shown and deleted', async () => {
  const id = uniqueId('cli-event');
  await client.namespaces.create({ id, name: 'Events', description: 'for tests' });
  const list = await gofer('event', 'list', '--reverse', '--json');
  const events = list.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; kind: object });
  const event = events.find(({ kind }) => JSON.stringify(kind).includes(id));
  expect(event).toMatchObject({ kind: { created_namespace: { namespace_id: id } } });
  expect((await plain('event', 'get', String(event?.id))).replace(id, 'cli-event')).toMatchInlineSnapshot(`
    "Event 01234567-89ab-cdef-0123-456789abcdef
    Emitted Thu, 01 Jan 2026 00:00:00 +0000

    {
      "created_namespace": {
        "namespace_id": "cli-event"
      }
    }
    "
  `);
  await json('GetEventResponse', 'event', 'get', String(event?.id));
  expect(await plain('event', 'list', '--reverse')).toContain(`└::{"created_namespace":{"namespace_id":"${id}"}}`);

  expect(await plain('event', 'delete', String(event?.id))).toMatchInlineSnapshot(`
    "✓ Deleted event 01234567-89ab-cdef-0123-456789abcdef
    "
  `);
  const missing = await gofer('event', 'get', String(event?.id));
  expect(missing).toMatchObject({ exit: 3, stderr: expect.stringContaining('gofer event list') });
});
