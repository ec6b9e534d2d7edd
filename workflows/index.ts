export { extension } from './extension/extension.ts';
export { subscription } from './extension/subscription.ts';
export { maintenance } from './maintenance/index.ts';
export { run } from './run/index.ts';
export { report } from './extension/report.ts';
