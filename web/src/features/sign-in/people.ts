/** Names as people list them: "Anna Berger, Tom Maier und Ida Roth". */
export function listNames(names: readonly string[], locale: string): string {
  return new Intl.ListFormat(locale, { style: "long", type: "conjunction" }).format(names);
}
