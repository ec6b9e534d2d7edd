/**
 * Loaded before a pipeline program: lets it import the SDK wherever it lies, in the version of this command line, and
 * keeps what the author reads of an uncaught error to the error itself.
 */
import { registerHooks } from 'node:module';

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const sdk = new URL(`../../sdk/index.${extension}`, import.meta.url).href;
/** The same under its name as a package of its own. */
const modules: Readonly<Record<string, string>> = { 'gofer/sdk': sdk, 'gofer-sdk': sdk };

registerHooks({
  resolve(specifier, context, next) {
    const url = modules[specifier];
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true };
  },
});

process.on('uncaughtException', (error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  process.exit(1);
});
