import type { BuiltinExtension } from './contract.ts';
import { cron } from './cron.ts';
import { github } from './github.ts';
import { interval } from './interval.ts';
import { notify } from './notify.ts';
import { pipeline } from './pipeline.ts';
import { webhook } from './webhook.ts';

/** What the images of built-in extensions begin with. */
export const BUILTIN_PREFIX = 'builtin/';

/** The extensions that need no container. */
export const BUILTIN_EXTENSIONS: readonly BuiltinExtension[] = [interval, cron, github, webhook, pipeline, notify];

/** The image by which a built-in extension is installed and shown. */
export function builtinImage({ kind }: BuiltinExtension): string {
  return BUILTIN_PREFIX + kind;
}

/** Whether an image stands for a built-in extension, be there such a one or not. */
export function isBuiltinImage(image: string): boolean {
  return image.startsWith(BUILTIN_PREFIX);
}

/** The built-in extension that an image stands for. */
export function findBuiltin(image: string): BuiltinExtension | undefined {
  return BUILTIN_EXTENSIONS.find((extension) => builtinImage(extension) === image);
}
