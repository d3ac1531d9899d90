import firstTicketQuery from '../examples/first-ticket.graphql?raw';
import { GRAPHQL_URL } from './endpoint';

/** One file a tab, in the order of their names; tests/web/test_examples.py checks each. */
const documents = import.meta.glob<string>('../examples/tabs/*.graphql', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const variableFiles = import.meta.glob<string>('../examples/tabs/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
});

interface FirstTicket {
  id: string;
  externalId: string;
  desk: { key: string };
}

const NO_TICKET: FirstTicket = {
  id: 'paste-a-ticket-id',
  externalId: 'paste-an-external-id',
  desk: { key: 'paste-a-desk-key' },
};

export interface ExampleTab {
  query: string;
  variables: string | null;
}

/** The tabs of a first visit, with variables that name a ticket this server really has. */
export async function exampleTabs(): Promise<ExampleTab[]> {
  const ticket = await firstTicket();
  return Object.keys(documents)
    .sort()
    .map((path) => ({
      query: documents[path]!,
      variables: filledIn(variableFiles[path.replace('.graphql', '.json')], ticket),
    }));
}

function filledIn(variables: string | undefined, ticket: FirstTicket): string | null {
  if (variables === undefined) return null;
  const values: Record<string, string> = {
    '<ticketId>': ticket.id,
    '<externalId>': ticket.externalId,
    '<desk>': ticket.desk.key,
    '<unique>': Date.now().toString(36),
  };
  return variables.replace(/<\w+>/g, (placeholder) => values[placeholder] ?? placeholder).trimEnd();
}

/** Never keeps the page from opening: without an answer the examples hold a hint instead. */
async function firstTicket(): Promise<FirstTicket> {
  try {
    const answer = await fetch(GRAPHQL_URL, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query: firstTicketQuery }),
      signal: AbortSignal.timeout(1500),
    });
    const body = (await answer.json()) as { data?: { tickets?: { nodes: FirstTicket[] } } };
    return body.data?.tickets?.nodes[0] ?? NO_TICKET;
  } catch {
    return NO_TICKET;
  }
}
