import { access } from 'node:fs/promises';
import { canInstallPackages, installPackages } from './apt.mjs';
import { SetupError } from './run.mjs';

/** Where distributions put it. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where Chromium is, if it is anywhere. */
export async function findBrowser() {
  for (const path of PLACES) {
    const found = await access(path).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** Installs Chromium, for tests and pictures of the console, unless it is there. */
export async function ensureBrowser() {
  if (await findBrowser()) return;
  if (!canInstallPackages()) throw new SetupError('Chromium is missing: install the package chromium');
  await installPackages('chromium', 'fonts-dejavu-core');
}
