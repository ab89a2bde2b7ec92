import { t } from "@lingui/core/macro";
import { api, type Me } from "@/api";
import { showLanguage } from "@/i18n";
import { type Language, languageNames, languages, type Theme } from "@/lib/language";
import { session } from "./session";
import { showTheme } from "./theme";

/** Without a language of their own a person sees the browser's. */
export type LanguageChoice = Language | "browser";

export interface Choices {
  readonly language?: LanguageChoice;
  readonly theme?: Theme;
}

/** What a person has chosen, as the pickers say it. */
export const choicesOf = (me: Me): Required<Choices> => ({ language: me.language ?? "browser", theme: me.theme });

/** Show the choice at once; what the server does not take is taken back, and the error goes to the caller. */
export async function choose(me: Me, { language, theme }: Choices): Promise<void> {
  const change = {
    ...(language ? { language: language === "browser" ? null : language } : {}),
    ...(theme ? { theme } : {}),
  };
  const show = (person: Me) => {
    session.loggedIn(person);
    showTheme(person.theme);
    return showLanguage(person.language);
  };
  await show({ ...me, ...change });
  try {
    session.loggedIn(await api.changeMe(change));
  } catch (error) {
    await show(me);
    throw error;
  }
}

export const languageChoices = (): readonly { readonly value: LanguageChoice; readonly label: string }[] => [
  { value: "browser", label: t`Like the browser` },
  ...languages.map((value) => ({ value, label: languageNames[value] })),
];

export const themeChoices = (): readonly { readonly value: Theme; readonly label: string }[] => [
  { value: "system", label: t`Like the device` },
  { value: "light", label: t`Light` },
  { value: "dark", label: t`Dark` },
];
