import { hostname } from 'node:os';
import type { Client } from '@temporalio/client';

/** The history, an event on each line, in a form that survives JSON and that a replay takes. */
export async function readHistory(client: Client, workflowId: string): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return `{"events":[\n${events?.map((event) => JSON.stringify(plain(event))).join(',\n')}\n]}\n`;
}

/**
 * A protobuf message as a plain object that can be encoded again: numbers for 64-bit integers, base64 for bytes. Temporal's
 * own JSON form needs one single protobufjs in the tree, which npm does not promise. Leaves out what is empty, and what
 * tells about the machine that recorded it.
 */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(`@${hostname()}`, '@recorder');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('toNumber' in value && typeof value.toNumber === 'function') return value.toNumber() as number;
  const fields = Object.entries(value).filter(([key, field]) => key !== 'stackTrace' && !isEmpty(field));
  return Object.fromEntries(fields.map(([key, field]) => [key, plain(field)]));
}

function isEmpty(field: unknown): boolean {
  return field === null || field === undefined || (Array.isArray(field) && field.length === 0);
}
