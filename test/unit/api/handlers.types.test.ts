import type { Readable } from 'node:stream';

import { expectTypeOf, test } from 'vitest';

import type {
  ByteHandlers,
  DownloadId,
  Handlers,
  Input,
  Reply,
  StreamHandlers,
  StreamId,
  TerminalHandlers,
  UploadId,
} from '../../../api/handlers.ts';
import type { EventKind, EventName, Run } from '../../../sdk/wire.ts';

const one = { delete_namespace: async () => ({ status: 204 }) } satisfies Partial<Handlers>;

test('inputs and replies come from the document', () => {
  expectTypeOf<Input<'get_run'>['path']['run_id']>().toEqualTypeOf<number>();
  expectTypeOf<Input<'start_run'>['body']['variables']>().toEqualTypeOf<{ [key: string]: string }>();
  expectTypeOf<Reply<'cancel_run'>>().toEqualTypeOf<{ readonly status: 204 }>();
  expectTypeOf<Reply<'start_run'>>().toEqualTypeOf<{ readonly status: 201; readonly body: { run: Run } }>();
  expectTypeOf<StreamId>().toEqualTypeOf<'get_logs' | 'get_extension_logs' | 'stream_events'>();
  expectTypeOf<UploadId>().toEqualTypeOf<'put_pipeline_object' | 'put_run_object' | 'put_extension_object'>();
  expectTypeOf<DownloadId>().toEqualTypeOf<
    'get_pipeline_object' | 'get_run_object' | 'get_extension_object' | 'download_log'
  >();
  expectTypeOf<Input<'put_run_object'>['body']>().toEqualTypeOf<Readable>();
  expectTypeOf<Input<'put_run_object'>['query']>().toEqualTypeOf<{ force: boolean }>();
  expectTypeOf<Input<'get_run_object'>['body']>().toEqualTypeOf<undefined>();
  expectTypeOf<
    keyof Handlers & (keyof StreamHandlers | keyof ByteHandlers | keyof TerminalHandlers)
  >().toEqualTypeOf<never>();
});

test('event kinds are objects with one name', () => {
  expectTypeOf<'completed_run'>().toExtend<EventName>();
  expectTypeOf<{ created_role: { role_id: string } }>().toExtend<EventKind>();
  expectTypeOf<'any'>().not.toExtend<EventKind>();
});

test('mistakes do not compile', () => {
  // @ts-expect-error all other operations are missing
  const incomplete: Handlers = { ...one };
  // @ts-expect-error the body is missing a field
  const wrongBody: Handlers['get_system_metadata'] = async () => ({ status: 200, body: { commit: '' } });
  // @ts-expect-error the document has no such status
  const wrongStatus: Handlers['cancel_run'] = async () => ({ status: 200 });
  // @ts-expect-error the operation has no such parameter
  const wrongParameter: Handlers['cancel_run'] = async ({ path }) => ({ status: 204, task: path.task_id });
  void [incomplete, wrongBody, wrongStatus, wrongParameter];
});
