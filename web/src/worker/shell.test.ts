import { beforeEach, expect, test } from "vitest";
import type { Caches, Shell, Surroundings } from "./shell";
import { answerAsset, answerPage, dropOldShells, keepShell, kindOf, shellName } from "./shell";

const origin = "https://post.example";
const shell = (revision: string, ...files: string[]): Shell => ({ revision, page: `/assets/page-${revision}.html`, files: ["/", ...files] });
const navigation = (path: string) => new Request(origin + path);

/** The browser's caches, in memory. */
class MemoryCaches {
  readonly all = new Map<string, Map<string, Response>>();

  keys = (): Promise<string[]> => Promise.resolve([...this.all.keys()]);
  delete = (name: string): Promise<boolean> => Promise.resolve(this.all.delete(name));
  match = (request: Request): Promise<Response | undefined> =>
    Promise.resolve([...this.all.values()].map((each) => each.get(request.url)).find((each) => each !== undefined)?.clone());

  open(name: string): Promise<unknown> {
    const files = this.all.get(name) ?? new Map<string, Response>();
    this.all.set(name, files);
    return Promise.resolve({
      match: (request: Request | string) => Promise.resolve(files.get(typeof request === "string" ? origin + request : request.url)?.clone()),
      put: (request: Request, response: Response) => { files.set(request.url, response); return Promise.resolve(); },
    });
  }
}

let caches: MemoryCaches;
let fetched: string[];
beforeEach(() => { caches = new MemoryCaches(); fetched = []; });

const served = (request: Request): Promise<Response> => {
  fetched.push(new URL(request.url).pathname);
  return Promise.resolve(new Response(`served ${request.url}`));
};
const never = (): Promise<never> => new Promise(() => undefined);
const around = (fetch: Surroundings["fetch"], after: Surroundings["after"] = never): Surroundings => ({ caches: caches as unknown as Caches, fetch, after });
const keep = (it: Shell) => keepShell(it, caches as unknown as Caches, served, origin);

test("a new revision fetches only what an earlier one does not have", async () => {
  await keep(shell("1", "/assets/a-1.js", "/theme.js"));
  fetched = [];
  await keep(shell("2", "/assets/a-1.js", "/assets/b-2.js", "/theme.js"));
  expect(fetched.toSorted()).toEqual(["/assets/b-2.js", "/assets/page-2.html", "/theme.js"]);
});

test("the page that is kept is the one of its revision, whichever build answers at /", async () => {
  const renewed = (request: Request) => Promise.resolve(new Response(request.url.endsWith("/") ? "page of build 2" : "page of build 1", { headers: { "content-encoding": "gzip", "content-security-policy": "default-src 'none'" } }));
  await keepShell(shell("1"), caches as unknown as Caches, renewed, origin);
  const kept = caches.all.get(shellName(shell("1")))?.get(`${origin}/`);
  expect(await kept?.text()).toBe("page of build 1");
  expect(Object.fromEntries(kept?.headers ?? [])).toMatchObject({ "content-security-policy": "default-src 'none'" });
  expect(kept?.headers.has("content-encoding")).toBe(false);
});

test("a file that is missing keeps the revision from being taken", async () => {
  const broken = (request: Request) => Promise.resolve(new Response("", { status: request.url.endsWith(".js") ? 404 : 200 }));
  await expect(keepShell(shell("1", "/assets/a-1.js"), caches as unknown as Caches, broken, origin)).rejects.toThrow("404");
});

test("the revision before stays for pages that are still of it, older ones go, and other caches are left alone", async () => {
  for (const revision of ["1", "2", "3"]) await keep(shell(revision));
  await caches.open("somebody else's");
  await dropOldShells(shell("3"), caches as unknown as Caches);
  expect([...caches.all.keys()]).toEqual([shellName(shell("2")), shellName(shell("3")), "somebody else's"]);
});

test.each([
  ["/mail/a1", "navigate", "page"], ["/assets/x.js", "cors", "asset"], ["/theme.js", "no-cors", "file"], ["/other.js", "no-cors", null],
  ["/jmap/download/a1/b1/x.pdf", "navigate", null], ["/api/start", "cors", null], ["/sign-in/microsoft/back", "navigate", null],
  ["/jmap", "navigate", null], ["/sign-in/result/a1", "navigate", "page"], ["/apiary", "navigate", "page"],
] as const)("%s (%s) is %s", (path, mode, kind) => {
  expect(kindOf({ method: "GET", mode, url: origin + path }, origin, ["/", "/theme.js"])).toBe(kind);
});

test("what changes something, and what is another site's, is none of our business", () => {
  expect(kindOf({ method: "POST", mode: "cors", url: `${origin}/assets/x.js` }, origin, [])).toBeNull();
  expect(kindOf({ method: "GET", mode: "no-cors", url: "https://other.example/assets/x.png" }, origin, [])).toBeNull();
});

test("a page is the server's while it answers, also with a refusal", async () => {
  await keep(shell("1"));
  const refusing = () => Promise.resolve(new Response("no", { status: 421 }));
  expect((await answerPage(navigation("/mail"), shell("1"), around(refusing))).status).toBe(421);
});

test.each([
  ["no answer", () => Promise.reject(new TypeError("cut")), never],
  ["a proxy's 502", () => Promise.resolve(new Response("bad gateway", { status: 502 })), never],
  ["none in time", never, () => Promise.resolve()],
] as const)("with %s it is the kept one", async (_, fetch, after) => {
  await keep(shell("1"));
  const answer = await answerPage(navigation("/mail/a1"), shell("1"), around(fetch, after));
  expect(await answer.text()).toBe(`served ${origin}/assets/page-1.html`);
});

test("a page that is kept nowhere fails as the line does", async () => {
  await expect(answerPage(navigation("/mail"), shell("1"), around(() => Promise.reject(new TypeError("cut"))))).rejects.toThrow("cut");
});

test("an asset of a page that is still open is found although the server has it no more", async () => {
  await keep(shell("1", "/assets/old-1.js"));
  await keep(shell("2"));
  const answer = await answerAsset(navigation("/assets/old-1.js"), around(() => Promise.resolve(new Response("", { status: 404 }))));
  expect(await answer.text()).toBe(`served ${origin}/assets/old-1.js`);
});
