/** Graph's name of a resource type → GraphQL's: `teamsAsyncOperation` → `TeamsAsyncOperation`. */
export function typeNameOf(kind: string): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}

/** Which type it is that stands behind an interface; every value there has a kind. */
export function typeNameOfValue({ kind }: { readonly kind: string }): string {
  return typeNameOf(kind);
}
