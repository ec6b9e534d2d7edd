import { type Action, escapeTarget, exactly, type RoleDefinition } from './permissions.ts';

const ANYTHING: Action[] = ['read', 'write', 'delete'];
const EVERYWHERE = ['namespaces:.*', 'pipelines:.*'];
const IN_DEFAULT = [`namespaces:${exactly('default')}`, 'pipelines:.*'];

/** The roles of every installation (contract, api-behaviour §2.5). */
export const SYSTEM_ROLES: readonly RoleDefinition[] = [
  {
    id: 'bootstrap',
    description: 'Of the first token only: may do everything.',
    permissions: [{ resources: ['all'], actions: ANYTHING }],
  },
  {
    id: 'admin',
    description: 'May do everything.',
    permissions: [{ resources: ['all'], actions: ANYTHING }],
  },
  {
    id: 'user',
    description: 'May work with the pipelines of the namespace default.',
    permissions: [
      {
        resources: [
          ...IN_DEFAULT,
          ...['configs', 'deployments', 'events', 'objects', 'runs', 'secrets', 'subscriptions', 'task_executions'],
        ],
        actions: ANYTHING,
      },
    ],
  },
  {
    id: 'anonymous',
    description: 'Of callers without a valid token: may see the pipelines and runs of the namespace default.',
    permissions: [{ resources: [...IN_DEFAULT, 'runs'], actions: ['read'] }],
  },
];

/** What the token of a run may do: work with its own pipeline, and look around in its namespace and in `default`. */
export function runTokenRole(namespace: string, pipeline: string): RoleDefinition {
  const nearby = `namespaces:^(default|${escapeTarget(namespace)})$`;
  return {
    // Neither id can have an underscore, so no two pipelines share a role.
    id: `inject_api_token_${namespace}_${pipeline}`,
    description: `Of tokens that runs of ${namespace}/${pipeline} are given.`,
    permissions: [
      {
        resources: [
          `namespaces:${exactly(namespace)}`,
          `pipelines:${exactly(pipeline)}`,
          ...['configs', 'objects', 'runs', 'task_executions'],
        ],
        actions: ['read', 'write'],
      },
      {
        resources: [
          ...[nearby, 'pipelines:.*'],
          ...['configs', 'deployments', 'events', 'objects', 'subscriptions', 'system', 'task_executions'],
        ],
        actions: ['read'],
      },
    ],
  };
}

/**
 * What the token of an extension may do: start runs everywhere and look around. Its objects are in a role of their own:
 * beside all those pipelines, `objects` would mean theirs as well, and no operation is allowed by two roles together.
 */
export function extensionRoles(extension: string): readonly [RoleDefinition, RoleDefinition] {
  const self = `extensions:${exactly(extension)}`;
  return [
    {
      id: `extension_${extension}`,
      description: `Of the token of extension ${extension}: may start and see runs.`,
      permissions: [
        { resources: [self], actions: ANYTHING },
        { resources: [...EVERYWHERE, 'runs'], actions: ['read', 'write'] },
        {
          resources: [
            ...EVERYWHERE,
            ...['configs', 'deployments', 'events', 'subscriptions', 'system', 'task_executions'],
          ],
          actions: ['read'],
        },
      ],
    },
    {
      id: `own_objects_${extension}`,
      description: `Of the token of extension ${extension}: may use its own objects.`,
      permissions: [{ resources: [self, 'objects'], actions: ANYTHING }],
    },
  ];
}
