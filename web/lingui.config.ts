import { formatter } from "@lingui/format-po";
import type { LinguiConfig } from "@lingui/conf";

/**
 * One catalog for the shell, one for the service worker, which is bundled alone, and one for every feature, beside its code, so that
 * texts travel in the same chunk as the pages that show them. English is the
 * text in the code; German is translated in the `de.po` files.
 */
const features = ["login", "settings", "sign-in", "help", "mail"];
/** Pages of a feature that few open: their texts come with them, not with the feature. */
const rare = ["mail/absence", "mail/groups", "sign-in/approval"];

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
    ...[...features, ...rare].map((name) => ({
      path: `<rootDir>/src/features/${name}/locales/{locale}`,
      include: [`<rootDir>/src/features/${name}`],
      exclude: ["**/*.test.*", ...rare.filter((one) => one !== name).map((one) => `<rootDir>/src/features/${one}/**`)],
    })),
  ],
};

export default config;
