/**
 * Whom Microsoft signed in, as the way back tells it: behind `#`, which stays in the
 * browser and out of every log, or in the query. Null where neither says it.
 */
export function signedInAs(search: { readonly signed_in_as?: string }, hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/u, "")).get("signed_in_as") || search.signed_in_as || null;
}
