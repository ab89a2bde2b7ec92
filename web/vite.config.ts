import { readdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { lingui } from "@lingui/vite-plugin";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { type Plugin, runnerImport } from "vite";
import { serviceWorker } from "./tools/service-worker.ts";

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

const COMPRESSED = /\.(?:js|css|svg|webmanifest)$/;
const LARGE = 300_000; // what reads a PDF: the last step of effort would double its time and save a fiftieth
const brotli = promisify(brotliCompress);
const quality = (octets: Buffer) => (octets.length > LARGE ? constants.BROTLI_MAX_QUALITY - 1 : constants.BROTLI_MAX_QUALITY);
const forms = {
  ".br": (octets: Buffer) => brotli(octets, { params: { [constants.BROTLI_PARAM_QUALITY]: quality(octets) } }),
  ".gz": promisify(gzip),
};

/** Beside each text file its compressed forms, made once; the server sends what a browser takes. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir = here("./dist") }) {
      const names = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((name) => COMPRESSED.test(name));
      await Promise.all(names.map(async (name) => {
        const octets = await readFile(join(dir, name));
        await Promise.all(Object.entries(forms).map(async ([suffix, compress]) => {
          await writeFile(join(dir, name + suffix), await compress(octets));
        }));
      }));
    },
  };
}

/** What pdf.js fetches when a document needs it: character maps, fonts, decoders for pages without WebAssembly. With their licences. */
function pdfFiles(): Plugin {
  const from = here("./node_modules/pdfjs-dist");
  return {
    name: "pdf-files",
    apply: "build",
    async generateBundle() {
      const { version } = JSON.parse(await readFile(join(from, "package.json"), "utf8")) as { readonly version: string };
      const named = (folder: string, isWanted: RegExp): readonly string[] => readdirSync(join(from, folder)).filter((name) => isWanted.test(name)).map((name) => `${folder}/${name}`);
      const names = ["LICENSE", ...named("cmaps", /./u), ...named("standard_fonts", /./u), ...named("wasm", /_nowasm_fallback\.js$|^LICENSE_(?:PDFJS_)?(?:JBIG2|OPENJPEG)$/u)];
      await Promise.all(names.map(async (name) => { this.emitFile({ type: "asset", fileName: `assets/pdfjs-${version}/${name}`, source: await readFile(join(from, name)) }); }));
    },
  };
}

const LIBRARIES = /node_modules[\\/](?!prosemirror|dompurify|pdfjs)/;
const SHARED = /src[\\/](?:ui|session(?![\\/]secondFactor)|i18n|lib|api|jmap|store)[\\/]/;
// What only settings, dialogs and the editor have in common: the list does not wait for it.
const OF_FORMS = new RegExp([
  /node_modules[\\/](?:@radix-ui[\\/]react-(?:select|switch|tabs|use-previous)|orderedmap|rope-sequence|w3c-keyname)[\\/]/,
  /src[\\/]ui[\\/](?:Select|Switch|Tabs)\.tsx/,
  /src[\\/]session[\\/]proof[\\/]/,
  /src[\\/]lib[\\/]placeholders\.ts/,
].map(({ source }) => source).join("|"));

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
    pdfFiles(),
    serviceWorker(),
    compressed(),
    ...(mode === "mock" ? await mocks() : []),
  ],
  resolve: { alias: { "@": here("./src") } },
  worker: { format: "es" as const },
  server: {
    port: 5173,
    proxy: mode === "mock" ? {} : proxy,
  },
  build: {
    // light-dark() and the native module preload are in every browser we support.
    target: ["chrome123", "edge123", "firefox128", "safari17.5"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600, // what reads a PDF is one library
    // What most pages need comes in few files: each small one costs a request and a head of its own.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "libraries", test: (id: string) => LIBRARIES.test(id) && !OF_FORMS.test(id), minShareCount: 2 },
            { name: "device", test: /src[\\/](?:device[\\/](?:idb|install|kept-names|line|standalone|wishes|worker)|offline[\\/](?:kept|transport))\.ts/ },
            { name: "shared", test: (id: string) => SHARED.test(id) && !OF_FORMS.test(id), minShareCount: 2 },
            { name: "forms", test: OF_FORMS, minShareCount: 2 },
            { name: "second-factor", test: /src[\\/]session[\\/]secondFactor[\\/]/, minShareCount: 2 },
          ],
        },
      },
    },
  },
  test: {
    include: ["src/**/*.test.{ts,tsx}", "test/**/*.test.ts"],
    environment: "node",
    testTimeout: 20_000, // other programs have the processors, too
    isolate: false, // a new worker for each file costs more than its tests; each cleans up after itself
  },
}));
