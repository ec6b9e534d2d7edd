/** The shapes of the measured runs with nothing of Gofer in them: what Temporal alone costs. */
import { proxyActivities } from '@temporalio/workflow';

const { nothing } = proxyActivities<{ nothing(): Promise<void> }>({
  startToCloseTimeout: '365 days',
  heartbeatTimeout: '10 seconds',
});

export async function chain(length: number): Promise<void> {
  for (let step = 0; step < length; step += 1) await nothing();
}

export async function parallel(width: number): Promise<void> {
  await Promise.all(Array.from({ length: width }, () => nothing()));
}
