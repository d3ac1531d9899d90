import type { Fetcher, FetcherParams } from '@graphiql/toolkit';
import { type DocumentNode, Kind, parse } from 'graphql';

/**
 * Every tab has headers of its own; typing the API key once has to be enough. The key last sent
 * goes with requests that name none, until the page is reloaded: it is kept in memory only.
 */
export function withSharedKey(fetcher: Fetcher): Fetcher {
  let key: unknown;
  return (request, options = {}) => {
    const headers: Record<string, unknown> = options.headers ?? {};
    const named = Object.keys(headers).find((name) => name.toLowerCase() === 'authorization');
    if (named !== undefined) key = headers[named];
    const shared = named === undefined && key !== undefined ? { Authorization: key } : {};
    return fetcher(request, { ...options, headers: { ...headers, ...shared } });
  };
}

/**
 * GraphiQL reads the operation's name and kind a moment after the text has changed: who is quicker
 * would run the tab before, or send a subscription by POST. The text itself is always right.
 */
export function withFreshOperation(fetcher: Fetcher): Fetcher {
  return (request, options = {}) => {
    const documentAST = parsed(request.query);
    if (!documentAST) return fetcher(request, options); // the server says what is wrong with it
    const operationName = operationToRun(documentAST, request.operationName) ?? null;
    return fetcher({ ...request, operationName }, { ...options, documentAST });
  };
}

function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}

function operationToRun(
  document: DocumentNode,
  wanted: FetcherParams['operationName'],
): FetcherParams['operationName'] {
  const names = document.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => operation.name?.value);
  return names.includes(wanted ?? undefined) ? wanted : names[0];
}
