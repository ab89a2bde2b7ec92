import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lingui } from "@lingui/vite-plugin";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { type Plugin, runnerImport } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Every `dev/mock-*.ts` file exports one Vite plugin as default; none reaches the bundle. */
async function mocks(): Promise<Plugin[]> {
  const files = readdirSync(here("./dev")).filter((name) => /^mock-[a-z]+\.ts$/.test(name));
  const modules = await Promise.all(
    files.map((name) => runnerImport<{ default: () => Plugin }>(here(`./dev/${name}`))),
  );
  return modules.map(({ module }) => module.default());
}

const server = process.env["POSTSTELLE_SERVER"] ?? "http://localhost:8080";

const proxy: Record<string, string> = {
  "^/(api|jmap|\\.well-known)(/|$)": server,
  "^/sign-in/microsoft/": server,
};

export default defineConfig(async ({ mode, command }) => ({
  plugins: [
    react(),
    lingui({ macroTransform: true, failOnMissing: command === "build", failOnCompileError: true }),
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
