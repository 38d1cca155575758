import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import optimizeLocales from '@react-aria/optimize-locales-plugin';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What every door shows until its scripts are there. */
const shell: Plugin = {
  name: 'shell',
  transformIndexHtml: {
    order: 'pre',
    handler: (html) => html.replace('<!-- frame/shell.html -->', readFileSync(here('frame/shell.html'), 'utf8').trim()),
  },
};

/** Three doors, one build: what they share is a file that is loaded once. Addresses as the API serves them (api/pages/doors.ts). */
export default defineConfig({
  root: here('.'),
  base: '/pages/',
  // React Aria speaks thirty languages; the pages have two.
  plugins: [shell, react(), { ...optimizeLocales.vite({ locales: ['en-US', 'de-DE'] }), enforce: 'pre' }],
  build: {
    outDir: here('../build/web'),
    emptyOutDir: true,
    manifest: true,
    // A strict Content-Security-Policy takes no data: address.
    assetsInlineLimit: 0,
    rollupOptions: { input: { desk: here('desk/index.html'), console: here('console/index.html'), exam: here('exam/index.html') } },
  },
});
