import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findBrowser } from '../../scripts/lib/browser.mjs';

export type { Page } from 'playwright-core';

/** How often a page is loaded anew. Chromium cuts connections whenever a container gets or loses its network device. */
const ATTEMPTS = 5;

/** Starts Debian's Chromium. */
export async function startBrowser(): Promise<Browser> {
  const executablePath = await findBrowser();
  if (executablePath === undefined) throw new Error('there is no Chromium; npm test would install it');
  // Its own sandbox refuses to work for root, as whom tests run in containers.
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** A browser window of its own, signed in with a token if one is given. */
export async function openWindow(
  browser: Browser,
  baseURL: string,
  token?: string,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL, viewport: { width: 1360, height: 850 }, ...options });
  if (token !== undefined) {
    const headers = { authorization: `Bearer ${token}`, 'gofer-api-version': 'v0' };
    const answer = await context.request.post('/api/console/session', { headers });
    if (answer.status() !== 201) throw new Error(`signing in failed: ${await answer.text()}`);
  }
  return context;
}

/** Goes to a page of the console and waits for what it is about. */
export async function visit(page: Page, path: string, heading: string | RegExp): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await page.goto(path);
      await page.getByRole('heading', { name: heading, level: 1 }).waitFor({ state: 'attached', timeout: 15_000 });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}
