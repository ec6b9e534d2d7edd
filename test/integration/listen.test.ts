import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { listen } from '../../store/listen.ts';

const { databaseUrl } = inject('cluster');

test('a listener whose connection is cut off listens again, and says so', async () => {
  const database = new pg.Client({ connectionString: databaseUrl });
  await database.connect();
  const heard: string[] = [];
  let listening = () => {};
  let hear = () => {};
  const first = new Promise<void>((resolve) => (listening = resolve));
  const listener = await listen({
    url: `${databaseUrl}?application_name=listen-test`,
    channels: ['listen_test'],
    onNotification: (_channel, payload) => {
      heard.push(payload);
      hear();
    },
    onListening: () => listening(),
    onError: () => undefined,
  });
  await first;
  const again = new Promise<void>((resolve) => (listening = resolve));
  const { rowCount } = await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'listen-test'`,
  );
  expect(rowCount).toBe(1);
  await again;
  const notified = new Promise<void>((resolve) => (hear = resolve));
  await database.query(`select pg_notify('listen_test', 'still here')`);
  await notified;
  expect(heard).toEqual(['still here']);
  await listener.close();
  await database.end();
});
