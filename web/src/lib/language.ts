export type Language = "de" | "en";
export type Theme = "system" | "light" | "dark";

export const languages: readonly Language[] = ["de", "en"];

/** Each language by its own name, for pickers. */
export const languageNames: Readonly<Record<Language, string>> = { de: "Deutsch", en: "English" };

/**
 * The language to show: the person's own choice, else the first of the browser's
 * languages that we have, else English.
 */
export function chooseLanguage(chosen: Language | null | undefined, browser: readonly string[]): Language {
  if (chosen) return chosen;
  for (const tag of browser) {
    const primary = tag.toLowerCase().split("-")[0];
    const match = languages.find((language) => language === primary);
    if (match) return match;
  }
  return "en";
}

/** The regional form for dates and numbers: the browser's own if it speaks the language, e.g. "de-AT". */
export function formatLocale(language: Language, browser: readonly string[]): string {
  const regional = browser.find((tag) => tag.toLowerCase().split("-")[0] === language);
  return regional ?? (language === "de" ? "de-DE" : "en-GB");
}
