import { defineConfig } from 'vite';
import { compress } from './build/compress.ts';

/** Where `npm run dev:console` finds an API; that of `npm start` by default. */
const api = process.env['GOFER_API_BASE_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [compress()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    target: 'es2023',
    // Fonts stay files of their own, so that they are not loaded by those who do not need them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      // Packages mark what is for browsers only; all of this is.
      onLog(level, log, handler) {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handler(level, log);
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': { target: api, ws: true } } },
});
