export { run } from './run/index.ts';
