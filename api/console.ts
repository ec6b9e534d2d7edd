import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import express, { type Request, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import sirv from 'sirv';

import { splitUrl } from './url.ts';

/** What the first segment of a page's address may be; console/routes.tsx has the pages. */
export const SECTIONS: readonly string[] = ['admin', 'events', 'extensions', 'login', 'pipelines'];

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** Scripts, styles, fonts and requests of this server only, nothing inline, and nobody's frame. */
const consoleHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'base-uri': ["'none'"],
      'connect-src': ["'self'"],
      'font-src': ["'self'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'none'"],
      'img-src': ["'self'", 'data:'],
      'script-src': ["'self'"],
      'style-src': ["'self'"],
      'worker-src': ["'self'"],
    },
  },
  strictTransportSecurity: false,
});

/**
 * The console: the files of a folder that `npm run build` fills, those with a hash in their names for ever, and its one
 * page at every address that a person may navigate to. Everybody else gets the 404 that such addresses always had.
 */
export function createConsole(folder: string): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const page = readFileSync(join(folder, 'index.html'));
  const files = sirv(folder, {
    brotli: true,
    gzip: true,
    etag: true,
    setHeaders: (response, path) => {
      const forever = path.startsWith('/assets/');
      response.setHeader('cache-control', forever ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache');
    },
  });
  const sendPage: RequestHandler = (_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('cache-control', 'no-cache');
    response.end(page);
  };
  router.all('/{*path}', (request, response, next) => {
    if (request.method !== 'GET') {
      next();
      return;
    }
    consoleHeaders(request, response, (error?: unknown) => {
      if (error !== undefined) next(error);
      else if (isNavigation(request)) sendPage(request, response, next);
      else files(request, response, next);
    });
  });
  return router;
}

/** Whether a person went there with a browser. */
function isNavigation(request: Request): boolean {
  const { path } = splitUrl(request.url);
  const [, section = ''] = path.split('/');
  if (path === '/') return true;
  return SECTIONS.includes(section) && (request.headers.accept?.includes('text/html') ?? false);
}
