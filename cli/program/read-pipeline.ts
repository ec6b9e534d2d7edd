import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { invalid } from '../../core/errors.ts';
import { checkPipelineDocument, type PipelineDocument } from '../../core/pipeline-config.ts';
import { CommandError, EXIT } from '../errors.ts';
import { detectSource, type Language } from './detect.ts';
import { runProgram } from './run-program.ts';

export interface ReadOptions {
  readonly language?: Language;
  readonly timeoutMs: number;
  /** Receives what a successful program printed to standard error. */
  readonly onStderr?: (text: string) => void;
}

/**
 * Gets the document that a path stands for and checks it.
 *
 * @throws CommandError with everything that is wrong
 */
export async function readPipeline(path: string, options: ReadOptions): Promise<PipelineDocument> {
  const printed = await readSource(path, options);
  const value = parseDocument(printed.text, printed.from);
  const problems = checkPipelineDocument(value);
  if (problems.length > 0) {
    const { message } = invalid(`${printed.from} describes a pipeline that cannot be registered:`, problems);
    throw new CommandError(message, EXIT.failed);
  }
  return value as PipelineDocument;
}

async function readSource(path: string, options: ReadOptions): Promise<{ text: string; from: string }> {
  const source = detectSource(path, options.language);
  switch (source.kind) {
    case 'stdin':
      return { text: await text(process.stdin), from: 'standard input' };
    case 'document':
      return { text: await readFile(source.file, 'utf8'), from: `'${path}'` };
    case 'program': {
      const { document, stderr } = await runProgram(source.program, options.timeoutMs);
      if (stderr !== '') options.onStderr?.(stderr);
      return { text: document, from: 'the program' };
    }
  }
}

const SHOWN_BYTES = 200;

function parseDocument(printed: string, from: string): unknown {
  if (printed.trim() === '') {
    throw new CommandError(`${from} gave no pipeline`, EXIT.failed, ['does the program end with .finish()?']);
  }
  try {
    return JSON.parse(printed);
  } catch {
    throw new CommandError(`${from} did not give one JSON document`, EXIT.failed, [
      `it begins with: ${JSON.stringify(printed.slice(0, SHOWN_BYTES))}`,
    ]);
  }
}
