import { IDENTIFIER_RULE, isIdentifier } from '../../core/ids.ts';
import { invalid } from '../../core/errors.ts';
import { createNamespace, getNamespace, listNamespaces, updateNamespace } from '../../store/namespaces.ts';
import { visibleTo } from '../../services/access.ts';
import { deleteNamespace, type DeletionDependencies } from '../../services/pipelines.ts';
import { requireStorable } from '../../services/texts.ts';
import type { Handlers } from '../handlers.ts';

export function namespaceHandlers(deps: DeletionDependencies) {
  const { db } = deps;
  return {
    list_namespaces: async (_input, { caller }) => {
      const readable = await visibleTo(db, caller, 'namespaces');
      return { status: 200, body: { namespaces: (await listNamespaces(db)).filter(({ id }) => readable(id)) } };
    },

    create_namespace: async ({ body }) => {
      requireStorable(body);
      const { id, name, description } = body;
      if (!isIdentifier(id)) {
        throw invalid('the namespace is not valid', [{ path: 'id', value: id, message: `must be ${IDENTIFIER_RULE}` }]);
      }
      return { status: 201, body: { namespace: await createNamespace(db, { id, name, description }) } };
    },

    get_namespace: async ({ path }) => ({
      status: 200,
      body: { namespace: await getNamespace(db, path.namespace_id) },
    }),

    update_namespace: async ({ path, body }) => {
      requireStorable(body);
      return { status: 200, body: { namespace: await updateNamespace(db, path.namespace_id, body) } };
    },

    delete_namespace: async ({ path }, { caller }) => {
      await deleteNamespace(deps, path.namespace_id, caller);
      return { status: 204 };
    },
  } satisfies Pick<
    Handlers,
    'list_namespaces' | 'create_namespace' | 'get_namespace' | 'update_namespace' | 'delete_namespace'
  >;
}
