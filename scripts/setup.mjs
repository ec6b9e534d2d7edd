// Brings a bare machine up to where Gofer runs: packages, build, container engine, images, Temporal. Repeating it costs a
// fraction of a second. It runs before `npm ci` and with whatever Node is there, so it uses nothing but Node 20.
//
//   node scripts/setup.mjs [--no-docker]

import { build } from './lib/build.mjs';
import { ensureClient, ensureEngine } from './lib/docker.mjs';
import { ensureImages } from './lib/images.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { say, SetupError } from './lib/run.mjs';
import { ensureTemporal } from './lib/temporal.mjs';

const withDocker = !process.argv.includes('--no-docker');

async function packagesAndBuild() {
  await ensurePackages();
  await build();
}

async function engineAndImages() {
  await ensureEngine();
  await ensureClient();
  await ensureImages();
}

// Side by side, because each of them mostly waits for some server; all ends are awaited, so that one run of this names
// everything that is wrong.
const steps = [packagesAndBuild(), ensureTemporal(), ...(withDocker ? [engineAndImages()] : [])];
for (const step of await Promise.allSettled(steps)) {
  if (step.status === 'fulfilled') continue;
  process.exitCode = 1;
  say(step.reason instanceof SetupError ? step.reason.message : step.reason.stack);
}
