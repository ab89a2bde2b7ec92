import { i18n, type Messages } from "@lingui/core";
import { chooseLanguage, formatLocale, type Language } from "@/lib/language";

type Catalog = () => Promise<{ readonly messages: Messages }>;

const shell = import.meta.glob<{ messages: Messages }>("../locales/*.po") as Record<string, Catalog>;
const features = import.meta.glob<{ messages: Messages }>(["../features/*/locales/*.po", "../features/*/*/locales/*.po"]) as Record<string, Catalog>;

/** Features whose pages were opened: their texts follow when the language changes. */
const opened = new Set<string>();
const loaded = new Set<string>();

/** Whether they were not there before. */
async function load(catalog: Catalog | undefined, key: string, language: Language): Promise<boolean> {
  if (!catalog || loaded.has(key)) return false;
  const { messages } = await catalog();
  loaded.add(key);
  i18n.load(language, messages);
  return true;
}

const loadFeature = (name: string, language: Language) => {
  const key = `../features/${name}/locales/${language}.po`;
  return load(features[key], key, language);
};

/** The language on screen. */
export const currentLanguage = (): Language => (i18n.locale === "de" ? "de" : "en");

/** Show another language: its texts are loaded first, so that nothing flashes untranslated. */
export async function showLanguage(chosen: Language | null): Promise<void> {
  const language = chooseLanguage(chosen, navigator.languages);
  const key = `../locales/${language}.po`;
  await Promise.all([load(shell[key], key, language), ...[...opened].map((name) => loadFeature(name, language))]);
  i18n.activate(language, formatLocale(language, navigator.languages));
  document.documentElement.lang = language;
  document.querySelector("link[rel=manifest]")?.setAttribute("href", `/manifest.${language}.webmanifest`);
}

/** Fetch the texts of a feature for the language on screen; routes wait for it before they show. */
export async function openFeature(name: string): Promise<void> {
  opened.add(name);
  if (await loadFeature(name, currentLanguage())) i18n.activate(i18n.locale, i18n.locales);
}
