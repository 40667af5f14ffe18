/** Graph's name of a resource type → GraphQL's: `teamsAsyncOperation` → `TeamsAsyncOperation`. */
export function typeNameOf(kind: string): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}
