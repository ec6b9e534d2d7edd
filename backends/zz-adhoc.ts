import { createDockerScheduler } from './scheduler/docker/index.ts';
const s = createDockerScheduler();
const never = new AbortController().signal;
const t = async (what: string, r: any, signal: AbortSignal = never) => {
  const lines: string[] = [];
  const t0 = Date.now();
  try { console.log(what, '=>', await s.ensureImage(r, (l) => lines.push(l), signal)); } catch (e: any) { console.log(what, '=> ERR', e.failure ?? e.name, e.message); }
  console.log('   ', Date.now() - t0, 'ms', lines);
};
const image = 'localhost:5055/team/app:1';
await t('no auth', { image, alwaysPull: false });
await t('bad auth', { image, alwaysPull: false, auth: { user: 'joe', pass: 'wrong' } });
await t('missing tag', { image: 'localhost:5055/team/app:2', alwaysPull: false, auth: { user: 'joe', pass: 'secret' } });
await t('missing repo', { image: 'localhost:5055/team/nope', alwaysPull: false, auth: { user: 'joe', pass: 'secret' } });
await t('good', { image, alwaysPull: false, auth: { user: 'joe', pass: 'secret' } });
await t('again local', { image, alwaysPull: false });
await t('again always', { image, alwaysPull: true, auth: { user: 'joe', pass: 'secret' } });
await t('always bad auth', { image, alwaysPull: true, auth: { user: 'joe', pass: 'x' } });
await t('hub unreachable', { image: 'alpine:none', alwaysPull: false });
await t('abort', { image: 'ubuntu', alwaysPull: true }, AbortSignal.timeout(1));
await t('uppercase', { image: 'Foo/Bar', alwaysPull: false });
await s.close();
