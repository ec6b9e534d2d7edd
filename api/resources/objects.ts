import { deleteObject, putObject, readObject, type ObjectDependencies } from '../../services/objects.ts';
import { listObjects } from '../../store/objects.ts';
import type { ByteHandlers, Handlers } from '../handlers.ts';
import { pipelineOf, runOf } from './refs.ts';

/** The extension a path names. */
const extensionOf = (path: { readonly extension_id: string }) => ({ extension: path.extension_id });

export function objectHandlers(deps: ObjectDependencies) {
  const { db } = deps;
  return {
    list_pipeline_objects: async ({ path }) => ({
      status: 200,
      body: { objects: await listObjects(db, pipelineOf(path)) },
    }),

    delete_pipeline_object: async ({ path }) => {
      await deleteObject(deps, pipelineOf(path), path.key);
      return { status: 204 };
    },

    list_run_objects: async ({ path }) => ({ status: 200, body: { objects: await listObjects(db, runOf(path)) } }),

    delete_run_object: async ({ path }) => {
      await deleteObject(deps, runOf(path), path.key);
      return { status: 204 };
    },

    list_extension_objects: async ({ path }) => ({
      status: 200,
      body: { objects: await listObjects(db, extensionOf(path)) },
    }),

    delete_extension_object: async ({ path }) => {
      await deleteObject(deps, extensionOf(path), path.key);
      return { status: 204 };
    },
  } satisfies Partial<Handlers>;
}

export function objectBytes(deps: ObjectDependencies) {
  return {
    get_pipeline_object: async ({ path }) => ({ status: 200, ...(await readObject(deps, pipelineOf(path), path.key)) }),
    get_run_object: async ({ path }) => ({ status: 200, ...(await readObject(deps, runOf(path), path.key)) }),
    get_extension_object: async ({ path }) => ({
      status: 200,
      ...(await readObject(deps, extensionOf(path), path.key)),
    }),

    put_pipeline_object: async ({ path, query, body }) => ({
      status: 201,
      body: { object: await putObject(deps, pipelineOf(path), path.key, body, query.force) },
    }),
    put_run_object: async ({ path, query, body }) => ({
      status: 201,
      body: { object: await putObject(deps, runOf(path), path.key, body, query.force) },
    }),
    put_extension_object: async ({ path, query, body }) => ({
      status: 201,
      body: { object: await putObject(deps, extensionOf(path), path.key, body, query.force) },
    }),
  } satisfies Partial<ByteHandlers>;
}
