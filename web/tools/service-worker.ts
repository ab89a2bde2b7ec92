/**
 * Bundles the service worker into one classic script beside the page, with the names of the page's files and a
 * revision made of them. A second build, because a service worker shares no parts with the page.
 * The page itself lies once more under a name of its revision: while web processes are renewed, "/" is any build's.
 */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { lingui } from "@lingui/vite-plugin";
import { type Plugin, build } from "vite";
import type { Shell } from "../src/worker/shell";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Drawn for other programs, or fetched when the browser wants them. */
const NOT_KEPT = /^(?:icons\/|manifest\.)|\.map$/u;
/** Attachments are not kept, so neither is what shows them. */
const SHOWS_FILES = /^assets\/(?:pdfjs-|PdfPages-|parser\.worker-|renderer\.worker-)/u;
/** Scripts other than Latin come from the server when they are needed. */
const RARE_FONT = /inter-(?:cyrillic|greek|vietnamese)/u;

export function serviceWorker(): Plugin {
  return {
    name: "poststelle-service-worker",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      async handler(_, bundle) {
        const page = bundle["index.html"];
        if (page?.type !== "asset") throw new Error("The service worker needs the page's index.html.");
        const shell = shellOf(Object.keys(bundle).filter((name) => name !== "index.html"), String(page.source));
        this.emitFile({ type: "asset", fileName: shell.page.slice(1), source: page.source });
        this.emitFile({ type: "asset", fileName: "sw.js", source: await bundled(shell) });
      },
    },
  };
}

function shellOf(built: readonly string[], page: string): Shell {
  const files = [...built, ...readdirSync(here("../public"))].filter((name) => /\.[a-z0-9]+$/u.test(name) && !NOT_KEPT.test(name) && !SHOWS_FILES.test(name) && !RARE_FONT.test(name)).toSorted();
  const revision = createHash("sha256").update(JSON.stringify(files)).update(page).digest("hex").slice(0, 16);
  return { revision, page: `/assets/page-${revision}.html`, files: ["/", ...files.map((name) => `/${name}`)] };
}

async function bundled(shell: Shell): Promise<string> {
  const made = await build({
    configFile: false,
    root: here(".."),
    publicDir: false,
    logLevel: "warn",
    plugins: [lingui({ macroTransform: true, failOnMissing: true, failOnCompileError: true })],
    resolve: { alias: { "@": here("../src") } },
    define: { __SHELL__: JSON.stringify(shell), "process.env.NODE_ENV": JSON.stringify("production") },
    build: {
      write: false,
      target: ["chrome123", "edge123", "firefox128", "safari17.5"],
      lib: { entry: here("../src/worker/main.ts"), formats: ["iife"], name: "worker", fileName: () => "sw.js" },
    },
  });
  const [result] = Array.isArray(made) ? made : [made];
  const script = result && "output" in result ? result.output.find((each) => each.type === "chunk") : undefined;
  if (script?.type !== "chunk") throw new Error("The service worker was not bundled.");
  return script.code;
}
