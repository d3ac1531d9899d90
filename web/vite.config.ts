import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { ThirdPartyLicences } from './scripts/licences.mjs';

const licences = new ThirdPartyLicences(import.meta.dirname);
const slim = (file: string) => join(import.meta.dirname, 'src/slim', file);

/** Modules of dependencies that src/slim/ holds a smaller one for, by importer and import. */
const SLIM_MODULES = [
  { importer: 'monaco-graphql/esm/monaco-editor.js', module: 'editor/edcore.main.js', by: 'monaco.ts' },
  { importer: '@graphiql/react/dist/', module: 'utility/jsonc.js', by: 'jsonc.ts' },
];

function slimModules(): Plugin {
  const replaced = new Set<string>();
  return {
    name: 'slim-modules',
    enforce: 'pre',
    resolveId(source, importer = '') {
      const found = SLIM_MODULES.find(
        ({ importer: part, module }) => importer.includes(part) && source.endsWith(module),
      );
      if (found) replaced.add(found.by);
      return found ? slim(found.by) : null;
    },
    buildEnd(error) {
      const missed = SLIM_MODULES.filter(({ by }) => !replaced.has(by));
      if (!error && missed.length > 0)
        this.error(`a dependency has moved: nothing to replace by ${missed.map(({ by }) => by)}`);
    },
  };
}

/** Roboto and Fira Code are 0.4 MB; src/page.css names the reader's own fonts instead. */
function withoutWebFonts(): Plugin {
  return {
    name: 'without-web-fonts',
    enforce: 'pre',
    transform(code, id) {
      if (!/@graphiql\/react\/dist\/style\.css$/.test(id)) return null;
      return { code: code.replace(/@font-face\s*\{[^}]*\}/g, ''), map: null };
    },
  };
}

// The server mounts dist/ at /graphiql/. File names carry a hash of their content and nothing
// else varies, so the same lock file gives the same bytes (scripts/check-dist.mjs).
export default defineConfig({
  base: '/graphiql/',
  plugins: [slimModules(), withoutWebFonts(), licences.watch(), licences.write()],
  worker: { format: 'es', plugins: () => [licences.watch()] },
  build: {
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0, // fonts as files: the policy needs no data: for them
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 4000,
    reportCompressedSize: false,
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
