import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import express, { type Router } from 'express';
import helmet from 'helmet';

import type { OpenApiDocument } from './document.ts';

/** What the page does when it has loaded: a file of its own, because the page may run no inline script. */
const INITIALISER = `window.ui = SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  layout: 'StandaloneLayout',
});
`;

/** The security headers of everything: no page of ours loads or runs what does not come from this server. */
export const securityHeaders = helmet({
  contentSecurityPolicy: {
    directives: {
      'img-src': ["'self'", 'data:'],
      'style-src': ["'self'", "'unsafe-inline'"],
      'upgrade-insecure-requests': null,
    },
  },
  // Only whoever terminates TLS knows whether all of the host is to be reached by it.
  strictTransportSecurity: false,
});

/** What of the package the page is made of. */
const ASSETS = [
  'index.html',
  'index.css',
  'swagger-ui.css',
  'swagger-ui-bundle.js',
  'swagger-ui-standalone-preset.js',
  'favicon-16x16.png',
  'favicon-32x32.png',
];

/** `/api/openapi.json`, and a page to read it under `/docs` (contract, api-behaviour §19). */
export function createDocs(document: OpenApiDocument): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  const text = JSON.stringify(document);
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  router.get('/api/openapi.json', (_request, response) => {
    response.type('application/json').send(text);
  });
  router.get(['/docs', '/docs/'], (_request, response) => {
    response.redirect(307, '/docs/index.html');
  });
  router.get('/docs/swagger-initializer.js', (_request, response) => {
    response.type('text/javascript').send(INITIALISER);
  });
  for (const name of ASSETS) {
    router.get(`/docs/${name}`, (_request, response) => {
      response.sendFile(join(folder, name));
    });
  }
  return router;
}
