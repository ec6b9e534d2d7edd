#!/usr/bin/env node
import { execute, settings } from '@oclif/core';

// The commands are compiled; without this, NODE_ENV=test or development makes oclif look for a TypeScript loader.
settings.enableAutoTranspile = false;

// A reader that has seen enough (`| head`) ends the program, streams included.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

await execute({ dir: import.meta.url });
