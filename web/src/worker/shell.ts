/**
 * The page's own files, kept so that it opens without the server.
 *
 *     page address  ──> server ──no answer, or none in time──> the kept index.html
 *     /assets/…     ──> kept (their names change with what is in them) ──> server
 *     anything else ──> not ours: never answered, never kept
 *
 * One cache by revision. A new revision takes over when a person asks for it, or when no page is open any more; the
 * one before stays for pages that are still of it.
 */

export interface Shell {
  /** Changes with any of the files. */
  readonly revision: string;
  /** Where the page of this very revision is: at "/" another web process may have another one. */
  readonly page: string;
  /** Addresses to be kept, "/" first. */
  readonly files: readonly string[];
}

const PREFIX = "poststelle.shell.";
const PATIENCE_MS = 4_000;
/** Served by the server, whatever they look like. */
const SERVERS = /^\/(?:api|jmap|webhooks|\.well-known|sign-in\/microsoft|healthz|readyz)(?:\/|$)/u;

/** What we use of the browser's caches. */
export type Caches = Pick<CacheStorage, "open" | "keys" | "delete" | "match">;

export const shellName = (shell: Shell): string => PREFIX + shell.revision;

/** Keep all files; what an earlier revision has of them is not fetched again. */
export async function keepShell(shell: Shell, caches: Caches, fetch: (request: Request) => Promise<Response>, origin: string): Promise<void> {
  const earlier = (await caches.keys()).filter((name) => name.startsWith(PREFIX));
  const cache = await caches.open(shellName(shell));
  await Promise.all(shell.files.map(async (path) => {
    if (path === "/") { await cache.put(new Request(new URL(path, origin)), await pageOf(shell, fetch, origin)); return; }
    const request = new Request(new URL(path, origin), { cache: "no-cache" });
    const known = path.startsWith("/assets/") ? await firstMatch(caches, earlier, request) : undefined;
    const response = known ?? (await fetch(request));
    if (!response.ok) throw new Error(`${path}: ${String(response.status)}`);
    await cache.put(request, response);
  }));
}

/** The page as the server sends it, under no address of its own. */
async function pageOf(shell: Shell, fetch: (request: Request) => Promise<Response>, origin: string): Promise<Response> {
  const response = await fetch(new Request(new URL(shell.page, origin), { cache: "no-cache" }));
  if (!response.ok) throw new Error(`${shell.page}: ${String(response.status)}`);
  const headers = new Headers(response.headers);
  headers.delete("content-encoding"); // it is unpacked by now
  return new Response(await response.blob(), { headers });
}

/** Let go of all revisions but this one and the one made before it. */
export async function dropOldShells(shell: Shell, caches: Caches): Promise<void> {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== shellName(shell));
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
}

export type Kind = "page" | "asset" | "file" | null;

/** What a request is to us; null: none of our business. */
export function kindOf(request: Pick<Request, "method" | "mode" | "url">, origin: string, files: readonly string[]): Kind {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== origin || SERVERS.test(url.pathname)) return null;
  if (request.mode === "navigate") return "page";
  if (url.pathname.startsWith("/assets/")) return "asset";
  return files.includes(url.pathname) ? "file" : null;
}

export interface Surroundings {
  readonly caches: Caches;
  readonly fetch: (request: Request) => Promise<Response>;
  readonly after: (ms: number) => Promise<void>;
}

/** The server's page where it answers in time; else the kept one. */
export async function answerPage(request: Request, shell: Shell, { caches, fetch, after }: Surroundings): Promise<Response> {
  const asked = fetch(request);
  const kept = async (): Promise<Response | undefined> => (await caches.open(shellName(shell))).match("/");
  const served = asked.then((response) => (response.status >= 502 && response.status <= 504 ? null : response), () => null);
  const late = after(PATIENCE_MS).then(() => null);
  return (await Promise.race([served, late])) ?? (await kept()) ?? asked;
}

/** What has a name of its own never changes: kept first. */
export async function answerAsset(request: Request, { caches, fetch }: Surroundings): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/** The few files whose names stay: the server's first. */
export async function answerFile(request: Request, { caches, fetch }: Surroundings): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(request, { ignoreVary: true });
    if (kept) return kept;
    throw error;
  }
}

async function firstMatch(caches: Caches, names: readonly string[], request: Request): Promise<Response | undefined> {
  for (const name of names) {
    const found = await (await caches.open(name)).match(request, { ignoreVary: true });
    if (found) return found;
  }
  return undefined;
}
