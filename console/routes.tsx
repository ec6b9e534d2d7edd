import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { queryClient } from './data/live.ts';
import { isRefusal, sessionQuery } from './data/session.ts';
import { OverviewPage } from './overview/overview-page.tsx';
import { LoginPage } from './shell/login-page.tsx';
import { FailedPage, MissingPage } from './shell/odd-pages.tsx';
import { Shell } from './shell/shell.tsx';
import { integer, oneOf, text } from './ui/search.ts';

/** The parts of addresses behind the question mark, by page. */
interface PipelineSearch {
  tab?: PipelineTab | undefined;
  state?: RunStateFilter | undefined;
  /** The initiator of the runs. */
  user?: string | undefined;
  since?: (typeof SINCE)[number] | undefined;
  /** The versions to compare. */
  old?: number | undefined;
  new?: number | undefined;
}
interface RunSearch {
  task?: string | undefined;
  q?: string | undefined;
}
interface LogSearch {
  task?: string | undefined;
  line?: number | undefined;
}
interface EventSearch {
  kind?: string | undefined;
  q?: string | undefined;
}
type Raw = Record<string, unknown>;

export const PIPELINE_TABS = ['runs', 'versions', 'deployments', 'subscriptions', 'objects', 'secrets'] as const;
export type PipelineTab = (typeof PIPELINE_TABS)[number];
export const RUN_STATES = ['pending', 'running', 'failed', 'successful', 'cancelled'] as const;
export type RunStateFilter = (typeof RUN_STATES)[number];
export const SINCE = ['hour', 'day', 'week'] as const;
export const ADMIN_TABS = ['tokens', 'roles', 'system'] as const;
export type AdminTab = (typeof ADMIN_TABS)[number];

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: MissingPage, errorComponent: FailedPage });

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/login',
  validateSearch: (search: Raw): { to?: string | undefined } => ({ to: text(search['to']) }),
  component: LoginPage,
});

/** Everything that is for those who have signed in. */
const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (isRefusal(error)) redirect({ to: '/login', search: { to: location.href }, throw: true });
      throw error;
    }
  },
  component: Shell,
});

const overviewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  validateSearch: (search: Raw): { q?: string | undefined } => ({ q: text(search['q']) }),
  component: OverviewPage,
});

const pipelineRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/pipelines/$namespace/$pipeline',
  validateSearch: (search: Raw): PipelineSearch => ({
    tab: oneOf(PIPELINE_TABS, search['tab']),
    state: oneOf(RUN_STATES, search['state']),
    user: text(search['user']),
    since: oneOf(SINCE, search['since']),
    old: integer(search['old']),
    new: integer(search['new']),
  }),
  component: lazyRouteComponent(() => import('./pipeline/pipeline-page.tsx'), 'PipelinePage'),
});

const runRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/pipelines/$namespace/$pipeline/runs/$run',
  validateSearch: (search: Raw): RunSearch => ({
    task: text(search['task']),
    q: text(search['q']),
  }),
  component: lazyRouteComponent(() => import('./run/run-page.tsx'), 'RunPage'),
});

const logsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/pipelines/$namespace/$pipeline/runs/$run/logs',
  validateSearch: (search: Raw): LogSearch => ({
    task: text(search['task']),
    line: integer(search['line']),
  }),
  component: lazyRouteComponent(() => import('./logs/logs-page.tsx'), 'LogsPage'),
});

const eventsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/events',
  validateSearch: (search: Raw): EventSearch => ({ kind: text(search['kind']), q: text(search['q']) }),
  component: lazyRouteComponent(() => import('./events/events-page.tsx'), 'EventsPage'),
});

const extensionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/extensions',
  component: lazyRouteComponent(() => import('./extensions/extensions-page.tsx'), 'ExtensionsPage'),
});

const extensionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/extensions/$extension',
  component: lazyRouteComponent(() => import('./extensions/extension-page.tsx'), 'ExtensionPage'),
});

const adminRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin',
  validateSearch: (search: Raw): { tab?: AdminTab | undefined } => ({ tab: oneOf(ADMIN_TABS, search['tab']) }),
  component: lazyRouteComponent(() => import('./admin/admin-page.tsx'), 'AdminPage'),
});

const pages = [
  overviewRoute,
  pipelineRoute,
  runRoute,
  logsRoute,
  eventsRoute,
  extensionsRoute,
  extensionRoute,
  adminRoute,
];

export const router = createRouter({
  routeTree: rootRoute.addChildren([loginRoute, shellRoute.addChildren(pages)]),
  defaultPreload: 'intent',
  defaultErrorComponent: FailedPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
