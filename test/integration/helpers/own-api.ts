import { join } from 'node:path';
import { inject } from 'vitest';
import { freePort } from '../../../runtime/embedded/ports.ts';
import { type Program, startProgram, untilPrinted } from '../../helpers/programs.ts';

/** An API process that only one test uses. It shares database and Temporal with the cluster, but not the object store. */
export async function startOwnApi(
  folder: string,
  settings: NodeJS.ProcessEnv = {},
  host = '127.0.0.1',
): Promise<Program & { readonly url: string; readonly pid: number }> {
  const { databaseUrl, temporalAddress } = inject('cluster');
  const port = await freePort();
  const program = startProgram(['service', 'api'], {
    GOFER_WEB_SERVER__BIND_ADDRESS: `${host}:${port}`,
    GOFER_WEB_EXTERNAL_EVENTS__ENABLE: 'false',
    GOFER_WEB_DATABASE__URL: databaseUrl,
    GOFER_WEB_TEMPORAL__ADDRESS: temporalAddress,
    GOFER_WEB_OBJECT_STORE__FILESYSTEM__PATH: join(folder, 'objects'),
    GOFER_WEB_SECRET_STORE__ENCRYPTION_KEY: 'only for tests, but long enough for the check',
    ...settings,
  });
  await untilPrinted(program, 'stderr', 'the api is ready');
  const { pid } = program.child;
  if (pid === undefined) throw new Error('the API has no process');
  return { ...program, url: `http://127.0.0.1:${port}`, pid };
}
