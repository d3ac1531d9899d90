// The committed dist/ must be what the sources give: builds again and compares every byte.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '..');
const committed = join(root, 'dist');
const fresh = mkdtempSync(join(tmpdir(), 'deskgraph-web-'));

const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

try {
  await build({ root, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
  const [before, after] = [files(committed), files(fresh)];
  const problems = [
    ...before.filter((file) => !after.includes(file)).map((file) => `no longer built: ${file}`),
    ...after.filter((file) => !before.includes(file)).map((file) => `not committed: ${file}`),
    ...after
      .filter((file) => before.includes(file))
      .filter((file) => !readFileSync(join(committed, file)).equals(readFileSync(join(fresh, file))))
      .map((file) => `differs: ${file}`),
  ];
  if (problems.length > 0) {
    console.error(['web/dist is not what its sources give:', ...problems].join('\n  '));
    console.error('Run `npm ci && npm run build` in web/ and commit web/dist.');
    process.exitCode = 1;
  } else console.log(`web/dist is up to date (${after.length} files)`);
} finally {
  rmSync(fresh, { recursive: true });
}
