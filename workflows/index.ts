export { extension } from './extension/extension.ts';
export { subscription } from './extension/subscription.ts';
export { run } from './run/index.ts';
