import { expect, test } from 'vitest';
import { parsePermission } from '../../../cli/permission.ts';

test.each([
  ['resources=all;actions=read', ['all'], ['read']],
  ['resources= runs ,configs;actions= Read ,DELETE', ['runs', 'configs'], ['read', 'delete']],
  ['resources=namespaces:^a{1,3}$,runs;actions=write', ['namespaces:^a{1,3}$', 'runs'], ['write']],
  ['resources=pipelines:a;b,c;actions=read', ['pipelines:a;b,c'], ['read']],
  ['resources=pipelines:x,namespaces:y:z;actions=read', ['pipelines:x', 'namespaces:y:z'], ['read']],
])('%j allows %j to %j', (text, resources, actions) => {
  expect(parsePermission(text)).toEqual({ resources, actions });
});

test.each([
  ['actions=read', 'is not a permission'],
  ['resources=runs;actions = read', 'is not a permission'],
  ['resources=;actions=read', "'' is not a resource"],
  ['resources=runs;actions=', "'' is not an action"],
  ['resources=runs,rnus;actions=read', "'rnus' is not a resource"],
  ['resources=runs;actions=read,look', "'look' is not an action"],
])('%j is refused', (text, message) => {
  expect(() => parsePermission(text)).toThrow(message);
});
