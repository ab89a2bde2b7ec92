/** Where this browser keeps a person's letters that are not at the server yet. */
export function copiesName(userId: string): string {
  return `poststelle.letters.${userId}`;
}
