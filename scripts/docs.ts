/** Writes the pages of docs/ that are made from code: `npm run docs`, after a build. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from './pages/pages.ts';

const root = join(import.meta.dirname, '..');
for (const [file, make] of Object.entries(PAGES)) writeFileSync(join(root, file), make(root));
