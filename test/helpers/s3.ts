import { mkdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuarded } from '../../runtime/embedded/guarded-process.ts';
import { freePort } from '../../runtime/embedded/ports.ts';
import { ensureRclone } from '../../scripts/lib/rclone.mjs';

/** An S3 server with one empty bucket. */
export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  /** For the environment of whoever is to use it. */
  readonly credentials: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  /** The folder that has the bucket's objects as files. */
  readonly folder: string;
  stop(): Promise<void>;
}

const START_DEADLINE_MS = 30_000;

/** Starts `rclone serve s3`, which is fetched if need be, over a folder. */
export async function startS3(folder: string): Promise<S3Server> {
  const rclone = await ensureRclone(() => undefined);
  const bucket = 'objects';
  const files = join(folder, bucket);
  await mkdir(files, { recursive: true });
  const port = await freePort();
  const [id, secret] = ['only-for-tests', 'only-for-tests-too'];
  const logFile = join(folder, 'rclone.log');
  const config = ['--config', join(folder, 'rclone.conf'), '--cache-dir', join(folder, 'cache')];
  const server = startGuarded({
    command: rclone,
    args: ['serve', 's3', ...config, '--addr', `127.0.0.1:${port}`, '--auth-key', `${id},${secret}`, folder],
    logFile,
  });
  let ended = false;
  void server.ended.then(() => (ended = true));
  for (const deadline = Date.now() + START_DEADLINE_MS; !(await accepts(port)); await sleep(50)) {
    if (ended || Date.now() > deadline) throw new Error(`no S3 server:\n${await readFile(logFile, 'utf8')}`);
  }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    credentials: { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret },
    folder: files,
    stop: () => server.stop(),
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.unref().once('connect', () => socket.destroy());
  });
}
