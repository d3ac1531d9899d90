// Which packages went into the bundle, and the text of each licence.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';

export const FILE_NAME = 'THIRD_PARTY_LICENSES.txt';
const ALLOWED = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD']);
const TEXT = /^(licen[cs]e(-\w+)?|copying|notice|third-?party-?notices)(\.(md|txt))?$/i;
// These name their licence and leave out its text: it is in this package of the same authors.
const TEXT_IS_IN = {
  '@graphiql/plugin-doc-explorer': 'graphiql',
  '@graphiql/plugin-explorer': 'graphiql',
  '@graphiql/plugin-history': 'graphiql',
  'react-compiler-runtime': 'react',
  'react-remove-scroll-bar': 'react-remove-scroll',
};
// Monaco's icon font is not under Monaco's licence, and Monaco's notices leave it out.
const ICON_FONT = `codicon.ttf (CC-BY-4.0)

The icons of Visual Studio Code, by Microsoft Corporation: https://github.com/microsoft/vscode-codicons
Creative Commons Attribution 4.0 International: https://creativecommons.org/licenses/by/4.0/legalcode
Unchanged, as shipped in monaco-editor.
`;

export class ThirdPartyLicences {
  #root;
  #folders = new Set();

  constructor(root) {
    this.#root = root;
  }

  /** Notes every package with a module in a bundle; the workers are bundles of their own. */
  watch() {
    return {
      name: 'licences-watch',
      generateBundle: (_options, bundle) => {
        for (const chunk of Object.values(bundle))
          for (const id of chunk.type === 'chunk' ? Object.keys(chunk.modules) : [])
            this.#note(id);
      },
      transform: { filter: { id: /\.css/ }, handler: (_code, id) => (this.#note(id), null) },
    };
  }

  write() {
    const text = () => this.#text();
    return {
      name: 'licences-write',
      enforce: 'post',
      generateBundle() {
        this.emitFile({ type: 'asset', fileName: FILE_NAME, source: text() });
      },
    };
  }

  #note(id) {
    const folder = packageFolder(id.replace(/^\0/, '').split('?')[0]);
    if (folder) this.#folders.add(folder);
  }

  #text() {
    const packages = [...this.#folders].map((folder) => describe(folder, this.#root));
    const unique = new Map(packages.map((one) => [`${one.name} ${one.version}`, one]));
    const sorted = [...unique].sort(([a], [b]) => (a < b ? -1 : 1));
    const list = sorted.map(([title, one]) => `  ${title} (${one.licence})`).join('\n');
    const byText = new Map(sorted.map(([, one]) => [one.text, []]));
    for (const [title, one] of sorted) byText.get(one.text).push(title);
    const texts = [...byText].map(([text, titles]) => `${titles.join('\n')}\n\n${text}\n`);
    const rule = `\n${'-'.repeat(80)}\n`;
    return `The explorer's bundle holds code of these packages:\n\n${list}\n${rule}${[ICON_FONT, ...texts].join(rule)}`;
  }
}

function packageFolder(id) {
  const at = id.lastIndexOf(`${sep}node_modules${sep}`);
  if (at < 0) return null;
  const after = id.slice(at + 14).split(sep);
  const name = after[0].startsWith('@') ? join(after[0], after[1]) : after[0];
  return join(id.slice(0, at + 14), name);
}

function describe(folder, root) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (!ALLOWED.has(license))
    throw new Error(`${name} ${version} is under ${license}: not in the list of scripts/licences.mjs`);
  const texts = readdirSync(folder).filter((file) => TEXT.test(file)).sort();
  const files = texts.map((file) => join(folder, file));
  const sibling = TEXT_IS_IN[name];
  if (files.length === 0 && sibling) files.push(join(root, 'node_modules', sibling, 'LICENSE'));
  if (files.length === 0) throw new Error(`${name} ${version} brings no licence text`);
  const text = files.map((file) => readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim());
  return { name, version, licence: license, text: text.join('\n\n') };
}
