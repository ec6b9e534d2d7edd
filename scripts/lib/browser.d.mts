/** Where Chromium is, if it is anywhere. */
export function findBrowser(): Promise<string | undefined>;
/** Installs Chromium, for tests and pictures of the console, unless it is there. */
export function ensureBrowser(): Promise<void>;
