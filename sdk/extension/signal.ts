import { extensionWorkflowId } from '../../core/ids.ts';
import { START_RUN_SIGNAL, type SignalledRun } from '../../core/extensions.ts';

/** The part of Temporal's client that this needs, so that the SDK does not bring a client along. */
interface SignallingClient {
  readonly workflow: {
    getHandle(workflowId: string): { signal(name: string, ...args: unknown[]): Promise<void> };
  };
}

/**
 * Asks an installed extension to start a run, through Temporal instead of the API: for programs that have a Temporal
 * client anyway. It is durable once this resolves. The variables become part of a Temporal history, so no secrets.
 *
 *     await signalRun(new Client({ connection }), 'orders', { namespace: 'default', pipeline: 'pack', identity: order });
 */
export async function signalRun(client: SignallingClient, extension: string, run: SignalledRun): Promise<void> {
  await client.workflow.getHandle(extensionWorkflowId(extension)).signal(START_RUN_SIGNAL, run);
}
