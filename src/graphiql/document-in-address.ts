/** The document that an address asks for: `/graphql?query=…&variables=…`; null when it asks for none. */
export function documentInAddress(address: URL): Example | null {
  const query = address.searchParams.get('query');
  if (query === null || query.trim() === '') return null;
  const variables = address.searchParams.get('variables');
  return variables === null ? { query } : { query, variables: indent(variables) };
}

function indent(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json; // shown as it came: GraphiQL points at what is wrong with it
  }
}
