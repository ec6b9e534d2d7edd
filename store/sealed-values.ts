import { Prisma } from '../generated/prisma/client.ts';
import type { Database } from './client.ts';

/** What kind of record a sealed value is in, and the values that name its place there. */
export type SealedPlace =
  | { readonly kind: 'extension_registry_auth'; readonly place: readonly [extension: string] }
  | { readonly kind: 'extension_secret'; readonly place: readonly [extension: string] }
  | { readonly kind: 'extension_setting'; readonly place: readonly [extension: string, setting: string] }
  | { readonly kind: 'global_secret'; readonly place: readonly [key: string] }
  | { readonly kind: 'pipeline_secret'; readonly place: readonly [namespace: string, pipeline: string, key: string] }
  | {
      readonly kind: 'registry_auth';
      readonly place: readonly [namespace: string, pipeline: string, version: number, task: string];
    };

export type SealedValue = SealedPlace & { readonly sealed: string };

/** Every sealed value of the database. A new column with some has to be added here, and to `replaceSealedValue`. */
const ALL = Prisma.sql`(
  select 'pipeline_secret' as kind, jsonb_build_array(namespace_id, pipeline_id, key) as place, sealed
    from pipeline_secrets
  union all select 'global_secret', jsonb_build_array(key), sealed
    from global_secrets
  union all select 'registry_auth', jsonb_build_array(namespace_id, pipeline_id, version, auth.key), auth.value
    from pipeline_configs, jsonb_each_text(registry_auths) as auth
  union all select 'extension_registry_auth', jsonb_build_array(id), registry_pass
    from extensions where registry_pass is not null
  union all select 'extension_secret', jsonb_build_array(id), sealed_secret
    from extensions where sealed_secret is not null
  union all select 'extension_setting', jsonb_build_array(id, setting.key), setting.value
    from extensions, jsonb_each_text(secret_settings) as setting
) as sealed_values`;

/** All that is sealed, but not with the key that has this prefix. Notes of other secret stores are not sealed. */
const outdated = (activePrefix: string) =>
  Prisma.sql`not starts_with(sealed, ${activePrefix}) and not starts_with(sealed, 'vault:')`;

/** Up to `limit` values that are not sealed with the key that has this prefix, in the order of their places behind `last`. */
export async function listOutdatedValues(
  db: Database,
  activePrefix: string,
  limit: number,
  last?: SealedPlace,
): Promise<SealedValue[]> {
  const behind = last
    ? Prisma.sql`and (kind, place) > (${last.kind}, ${JSON.stringify(last.place)}::jsonb)`
    : Prisma.empty;
  return db.$queryRaw`
    select kind, place, sealed from ${ALL} where ${outdated(activePrefix)} ${behind} order by kind, place limit ${limit}`;
}

/** Some values that are sealed with the key that has this prefix. */
export async function sampleCurrentValues(db: Database, activePrefix: string, limit: number): Promise<SealedValue[]> {
  return db.$queryRaw`select kind, place, sealed from ${ALL} where starts_with(sealed, ${activePrefix}) limit ${limit}`;
}

export async function countOutdatedValues(db: Database, activePrefix: string): Promise<number> {
  const [row] = await db.$queryRaw<{ count: bigint }[]>`
    select count(*) as count from ${ALL} where ${outdated(activePrefix)}`;
  return Number(row?.count ?? 0);
}

/** Returns false, and changes nothing, if another value stands there meanwhile. */
export async function replaceSealedValue(
  db: Database,
  { sealed, ...at }: SealedValue,
  value: string,
): Promise<boolean> {
  return (await db.$executeRaw(replacement(at, sealed, value))) > 0;
}

function replacement(at: SealedPlace, from: string, to: string): Prisma.Sql {
  switch (at.kind) {
    case 'pipeline_secret': {
      const [namespace, pipeline, key] = at.place;
      return Prisma.sql`
        update pipeline_secrets set sealed = ${to}
        where namespace_id = ${namespace} and pipeline_id = ${pipeline} and key = ${key} and sealed = ${from}`;
    }
    case 'global_secret': {
      const [key] = at.place;
      return Prisma.sql`update global_secrets set sealed = ${to} where key = ${key} and sealed = ${from}`;
    }
    case 'registry_auth': {
      const [namespace, pipeline, version, task] = at.place;
      return Prisma.sql`
        update pipeline_configs set registry_auths = registry_auths || ${JSON.stringify({ [task]: to })}::jsonb
        where namespace_id = ${namespace} and pipeline_id = ${pipeline} and version = ${version}
          and registry_auths ->> ${task} = ${from}`;
    }
    case 'extension_registry_auth': {
      const [extension] = at.place;
      return Prisma.sql`update extensions set registry_pass = ${to} where id = ${extension} and registry_pass = ${from}`;
    }
    case 'extension_secret': {
      const [extension] = at.place;
      return Prisma.sql`update extensions set sealed_secret = ${to} where id = ${extension} and sealed_secret = ${from}`;
    }
    case 'extension_setting': {
      const [extension, setting] = at.place;
      return Prisma.sql`
        update extensions set secret_settings = secret_settings || ${JSON.stringify({ [setting]: to })}::jsonb
        where id = ${extension} and secret_settings ->> ${setting} = ${from}`;
    }
  }
}
