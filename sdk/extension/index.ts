/** Write extensions in TypeScript. docs/extensions.md tells how they are run. */
export { Refusal, type Extension, type ExternalEvent, type Subscription, type SubscriptionName } from './extension.ts';
export { serveExtension, type ExtensionContext, type RunningExtension } from './serve.ts';
export { signalRun } from './signal.ts';
export type { SignalledRun } from '../../core/extensions.ts';
export type { ExtensionDocumentation } from '../wire.ts';
