import { explorerPlugin } from '@graphiql/plugin-explorer';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';
import 'graphiql/setup-workers/vite';
// Not 'graphiql/style.css': that file repeats Monaco's own style sheet, for pages without a bundler.
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import '@graphiql/plugin-explorer/style.css';
import './page.css';
import { GRAPHQL_URL, subscriptionUrl } from './endpoint';
import { type ExampleTab, exampleTabs } from './examples';
import { withFreshOperation, withSharedKey } from './fetcher';
import { rememberFirstTab, storageWithoutHeaders } from './storage';

const HEADERS_HINT = `// If the server asks for an API key: put it here, take the slashes out, and press
// "Re-fetch GraphQL schema". It serves every tab until you reload, and is not stored.
// { "Authorization": "Bearer <key>" }
`;

const send = createGraphiQLFetcher({
  url: GRAPHQL_URL,
  // A browser cannot set headers on a WebSocket: the toolkit puts those of the header editor
  // into the payload of connection_init, where the server reads "Authorization".
  subscriptionUrl: subscriptionUrl(location),
  // Otherwise it asks for multipart/mixed and never for application/graphql-response+json.
  enableIncrementalDelivery: false,
});
const fetcher = withFreshOperation(withSharedKey(send));
const storage = storageWithoutHeaders(localStorage);
const plugins = [HISTORY_PLUGIN, explorerPlugin()];

function Explorer({ tabs }: { tabs: ExampleTab[] }) {
  return (
    <GraphiQL
      fetcher={fetcher}
      plugins={plugins}
      storage={storage}
      shouldPersistHeaders={false}
      defaultHeaders={HEADERS_HINT}
      defaultTabs={tabs.map((tab) => ({ ...tab, headers: HEADERS_HINT }))}
      defaultEditorToolsVisibility="variables"
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>Deskgraph</GraphiQL.Logo>
    </GraphiQL>
  );
}

const page = document.getElementById('explorer');
if (!page) throw new Error('index.html has no #explorer element');
const tabs = await exampleTabs();
rememberFirstTab(storage, tabs[0]);
createRoot(page).render(<Explorer tabs={tabs} />);
