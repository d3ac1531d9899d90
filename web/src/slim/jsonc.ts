// GraphiQL formats its two JSON editors with Prettier's JavaScript parser (0.5 MB). jsonc-parser,
// which it reads them with, formats them too. vite.config.ts puts this module in place.
import { applyEdits, format } from 'jsonc-parser';

export { parseJSONC, tryParseJSONC } from '../../node_modules/@graphiql/react/dist/utility/jsonc.js';

export async function formatJSONC(content: string): Promise<string> {
  return applyEdits(content, format(content, undefined, { insertSpaces: true, tabSize: 2 }));
}
