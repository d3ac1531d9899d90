/** The API is on the page's own origin: the page needs no setting and no other host. */
export const GRAPHQL_URL = '/graphql';

export function subscriptionUrl({ protocol, host }: Pick<Location, 'protocol' | 'host'>): string {
  return `${protocol === 'https:' ? 'wss:' : 'ws:'}//${host}${GRAPHQL_URL}`;
}
