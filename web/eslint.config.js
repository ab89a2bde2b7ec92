import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Imports go inward only: app → features (never one another) → shared parts → store → jmap. */
const features = ["login", "settings", "sign-in", "help", "mail"];

/** One rule per place: what it may not import, and why. */
function forbid(files, patterns, message, ignores = []) {
  return {
    files,
    ignores,
    rules: { "no-restricted-imports": ["error", { patterns: [{ group: patterns, message }] }] },
  };
}

export default tseslint.config(
  { ignores: ["dist", "node_modules", "public", "**/locales/*.po"] },
  ...tseslint.configs.strict,
  {
    files: ["**/*.{ts,tsx}"],
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": "error",
      eqeqeq: "error",
      "max-lines": ["error", 500],
    },
  },
  ...features.map((name) =>
    forbid(
      [`src/features/${name}/**`],
      ["@/app/*", "**/app/*", ...features.filter((other) => other !== name).map((other) => `@/features/${other}*`)],
      "A feature imports neither the app ring nor another feature.",
    ),
  ),
  forbid(
    ["src/{ui,api,i18n,lib,session}/**"],
    ["@/app/*", "@/features/*", "@/store/*", "@/jmap/*"],
    "Shared parts know nothing of the pages that use them.",
  ),
  forbid(
    ["src/{device,offline,worker}/**"],
    ["@/app/*", "@/features/*", "@/ui/*"],
    "What a device does beside the page knows no page.",
  ),
  forbid(["src/store/**"], ["react", "react-dom", "@/app/*", "@/features/*", "@/ui/*"], "The store knows no framework and no page."),
  forbid(["src/jmap/**"], ["react", "react-dom", "@/app/*", "@/features/*", "@/ui/*", "@/store/*"], "The wire knows only itself."),
);
