#!/usr/bin/env node
import module from 'node:module';

// A third of the time until a command runs would be spent on compiling the same code again.
module.enableCompileCache?.();
// Help is as wide as the terminal says, or as somebody wants it.
process.env['OCLIF_COLUMNS'] ??= process.env['COLUMNS'];

// A reader that has seen enough (`| head`) ends the program, streams included.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

if (process.argv[2] === '__complete') {
  const { main } = await import('../complete/main.ts');
  await main(process.argv.slice(3));
} else {
  const { execute, settings } = await import('@oclif/core');
  // The commands are compiled; without this, NODE_ENV=test or development makes oclif look for a TypeScript loader.
  settings.enableAutoTranspile = false;
  await execute({ dir: import.meta.url });
}
