import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lingui } from "@lingui/vite-plugin";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { type Plugin, runnerImport } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Every `dev/mock-*.ts` file exports one Vite plugin as default; none reaches the bundle.
 * POSTSTELLE_MOCK=api takes only that one.
 */
async function mocks(): Promise<Plugin[]> {
  const only = process.env["POSTSTELLE_MOCK"];
  const files = readdirSync(here("./dev")).filter((name) => {
    const match = /^mock-([a-z]+)\.ts$/.exec(name);
    return match !== null && (!only || match[1] === only);
  });
  const modules = await Promise.all(
    files.map((name) => runnerImport<{ default: () => Plugin }>(here(`./dev/${name}`))),
  );
  return modules.map(({ module }) => module.default());
}

const server = process.env["POSTSTELLE_SERVER"] ?? "http://localhost:8025";

const proxy: Record<string, string> = {
  "^/(api|jmap|\\.well-known)(/|$)": server,
  "^/sign-in/microsoft/": server,
};

export default defineConfig(async ({ mode }) => ({
  plugins: [
    react(),
    lingui({ macroTransform: true, failOnMissing: mode === "production", failOnCompileError: true }),
    tailwindcss(),
    ...(mode === "mock" ? await mocks() : []),
  ],
  resolve: { alias: { "@": here("./src") } },
  server: {
    port: 5173,
    proxy: mode === "mock" ? {} : proxy,
  },
  build: {
    // light-dark() and the native module preload are in every browser we support.
    target: ["chrome123", "edge123", "firefox128", "safari17.5"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  test: {
    include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    environment: "node",
  },
}));
