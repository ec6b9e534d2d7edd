import { configurationPage } from '../../runtime/config-page.ts';
import { apiPage } from './api.ts';
import { cliPage } from './cli.ts';
import { sdkPage } from './sdk.ts';

/** The pages that are made from code, and how. */
export const PAGES: Readonly<Record<string, (root: string) => string>> = {
  'docs/api.md': apiPage,
  'docs/cli.md': cliPage,
  'docs/configuration.md': configurationPage,
  'docs/sdk.md': sdkPage,
};
