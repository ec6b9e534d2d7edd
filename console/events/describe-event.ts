import type { Event } from '../../sdk/wire.ts';
import { type Tone, toneOfStatus } from '../ui/tones.ts';

/** What kinds of events there are, by what they are about. */
export const TOPICS = [
  'run',
  'task',
  'pipeline',
  'deployment',
  'subscription',
  'extension',
  'namespace',
  'role',
] as const;
export type Topic = (typeof TOPICS)[number];

/** An event as a reader sees it. */
export interface Description {
  readonly topic: Topic;
  /** What happened, for example `run completed`. */
  readonly text: string;
  readonly tone: Tone | undefined;
  readonly namespace?: string;
  readonly pipeline?: string;
  readonly run?: number;
  readonly task?: string;
  readonly extension?: string;
  /** What it is about, in words that can be searched. */
  readonly subject: string;
}

type Fields = Readonly<Record<string, string | number>>;

export function describeEvent({ kind }: Event): Description {
  const [name, fields] = Object.entries(kind)[0] as [string, Fields];
  const word = (field: string) => (fields[field] === undefined ? undefined : String(fields[field]));
  const [namespace, pipeline, task] = [word('namespace_id'), word('pipeline_id'), word('task_execution_id')];
  const extension = word('extension_id') ?? (name.includes('extension') ? word('id') : undefined);
  const run = fields['run_id'] === undefined ? undefined : Number(fields['run_id']);
  const place = [namespace, pipeline, run === undefined ? undefined : `#${run}`, task].filter(Boolean).join(' / ');
  return {
    topic: topicOf(name),
    text: textOf(name, fields),
    tone: toneOf(name, fields),
    ...(namespace !== undefined && { namespace }),
    ...(pipeline !== undefined && { pipeline }),
    ...(run !== undefined && { run }),
    ...(task !== undefined && { task }),
    ...(extension !== undefined && { extension }),
    subject: [place, extension, word('subscription_id'), word('role_id')].filter(Boolean).join(' · '),
  };
}

function topicOf(name: string): Topic {
  if (name.includes('subscription')) return 'subscription';
  if (name.includes('task_execution')) return 'task';
  return TOPICS.find((topic) => name.includes(topic)) ?? 'run';
}

/** `completed_run` becomes `run failed`, `started_run_cancellation` becomes `run asked to stop`. */
function textOf(name: string, fields: Fields): string {
  if (name === 'started_run_cancellation') return 'run asked to stop';
  if (name === 'started_task_execution_cancellation') return 'task asked to stop';
  if (name === 'pipeline_extension_subscription_registered') return 'subscription created';
  if (name === 'pipeline_extension_subscription_unregistered') return 'subscription ended';
  if (name === 'completed_deployment') return `v${fields['end_version']} is live`;
  if (name === 'started_deployment') return `deployment of v${fields['end_version']} started`;
  const [verb = '', ...what] = name.replace('task_execution', 'task').split('_');
  const { status } = fields;
  return `${what.join(' ')} ${verb === 'completed' && status !== undefined ? status : verb}`;
}

function toneOf(name: string, { status }: Fields): Tone | undefined {
  if (name.startsWith('completed_') && status !== undefined)
    return toneOfStatus(status as Parameters<typeof toneOfStatus>[0]);
  if (name.endsWith('_cancellation')) return 'stop';
  if (name === 'started_run' || name === 'started_task_execution') return 'run';
  if (name === 'queued_run' || name === 'created_task_execution') return 'wait';
  return undefined;
}
