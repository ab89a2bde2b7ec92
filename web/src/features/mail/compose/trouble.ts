/** What a letter says of its files and of what goes wrong with it. */

/** How a file is coming along; files without an entry are there. */
export type Coming = { readonly kind: "coming"; readonly share: number } | { readonly kind: "failed"; readonly error: unknown };

/** What keeps a letter from being sent, or what came of it. */
export type Trouble =
  | { readonly kind: "noRecipient" | "badAddress" | "noDrafts" | "noIdentity" | "filesMissing" | "filesAwaited" | "fileFailed" | "stopping" | "sentAnyway" }
  | { readonly kind: "cloudLeft"; readonly names: readonly string[] }
  | { readonly kind: "tooLarge"; readonly name: string; readonly most: number }
  | { readonly kind: "notSent" | "notSaved" | "notTakenBack"; readonly error: unknown }
  | { readonly kind: "failed"; readonly problem: string; readonly detail: string | null };

/** What writing on does not answer: it is said until somebody has understood it. */
export function staysSaid(trouble: Trouble | null): boolean {
  return trouble !== null && ["failed", "filesMissing", "cloudLeft", "stopping", "sentAnyway", "notTakenBack"].includes(trouble.kind);
}
