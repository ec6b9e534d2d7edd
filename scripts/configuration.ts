/** Writes docs/configuration.md from the schema of the configuration: `npm run docs:configuration`. */
import { writeFileSync } from 'node:fs';
import { configurationPage } from '../runtime/config-page.ts';

writeFileSync('docs/configuration.md', configurationPage());
