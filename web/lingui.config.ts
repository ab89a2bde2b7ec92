import { formatter } from "@lingui/format-po";
import type { LinguiConfig } from "@lingui/conf";

/**
 * One catalog for the shell, one for the service worker, which is bundled alone, and one for every feature, beside its code, so that
 * texts travel in the same chunk as the pages that show them. English is the
 * text in the code; German is translated in the `de.po` files.
 */
const features = ["login", "settings", "sign-in", "help", "mail"];
/** Parts of a feature that come later than it, or that few open: their texts come with them. */
const rare: Readonly<Record<string, readonly string[]>> = {
  "mail/absence": ["mail/absence"],
  "mail/groups": ["mail/groups"],
  "mail/history": ["mail/history"],
  "sign-in/approval": ["sign-in/approval"],
  "mail/compose": ["mail/compose", "mail/boilerplate"],
};
const rareFolders = Object.values(rare).flat();
const folder = (name: string): string => `<rootDir>/src/features/${name}`;

const config: LinguiConfig = {
  sourceLocale: "en",
  locales: ["en", "de"],
  format: formatter({ lineNumbers: false }),
  orderBy: "origin",
  catalogs: [
    {
      path: "<rootDir>/src/locales/{locale}",
      include: ["<rootDir>/src"],
      exclude: ["**/node_modules/**", "<rootDir>/src/features/**", "<rootDir>/src/worker/**", "**/*.test.*"],
    },
    { path: "<rootDir>/src/worker/locales/{locale}", include: ["<rootDir>/src/worker"], exclude: ["**/*.test.*"] },
    ...features.map((name) => ({
      path: `${folder(name)}/locales/{locale}`, include: [folder(name)], exclude: ["**/*.test.*", ...rareFolders.map((one) => `${folder(one)}/**`)],
    })),
    ...Object.entries(rare).map(([name, folders]) => ({ path: `${folder(name)}/locales/{locale}`, include: folders.map(folder), exclude: ["**/*.test.*"] })),
  ],
};

export default config;
