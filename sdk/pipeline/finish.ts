import { writeFileSync } from 'node:fs';
import type { PipelineDocument } from '../../core/pipeline-config.ts';
import { assertValid, completePipeline, type PipelineInput } from './document.ts';

/** Names the file that `gofer up` reads the document from, so that a program may print what it likes. */
export const OUTPUT_FILE_VARIABLE = 'GOFER_PIPELINE_OUTPUT';

/** Checks a document and hands it over: as one line to the file asked for, or else to standard output. */
export function emitPipeline(document: PipelineDocument): void {
  assertValid(document);
  const line = `${JSON.stringify(document)}\n`;
  const file = process.env[OUTPUT_FILE_VARIABLE];
  if (file) writeFileSync(file, line);
  else process.stdout.write(line);
}

/**
 * Makes a pipeline program out of a plain object: checks it, fills in the defaults, prints it and returns it.
 *
 * @throws PipelineError naming all problems; nothing is printed then.
 * @example
 * definePipeline({
 *   id: 'hello',
 *   tasks: [{ id: 'greet', image: 'alpine:3.20', command: ['echo', 'hello'] }],
 * });
 */
export function definePipeline(input: PipelineInput): PipelineDocument {
  const document = completePipeline(input);
  emitPipeline(document);
  return document;
}
