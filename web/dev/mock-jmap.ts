/**
 * Development mock of the JMAP endpoints and of /api/mailboxes: `vite --mode mock`.
 *
 * POST /mock/receive {count, thread}, /mock/sync {…SyncState}, /mock/state/a2 {state}, /mock/revoke/a1, /mock/refuse {ids},
 * /mock/fail {status}, /mock/delay {ms} steer it. Nothing of this reaches the bundle.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { deflateSync } from "node:zlib";
import type { Plugin } from "vite";
import { MockError, answer, referred } from "./mock-jmap-methods";
import { letterOf } from "./mock-jmap-letters";
import { MockAccount } from "./mock-jmap-world";

type Json = Record<string, unknown>;

const SIZE = Number(process.env["MOCK_EMAILS"] ?? 100_000);
const accounts = new Map<string, MockAccount>();
const streams = new Set<ServerResponse>();
const mailboxes: Json[] = [
  mailbox("a1", "info@buero-lindner.de", "Büro Lindner", "connected"),
  mailbox("a2", "vermietung@buero-lindner.de", "Vermietung", "waiting_for_sign_in"),
  mailbox("a3", "buchhaltung@buero-lindner.de", "", "sign_in_needed"),
];
let delayMs = 0;
let failStatus = 0;

function mailbox(id: string, address: string, name: string, state: string): Json {
  return {
    id, address, name, state, state_reason: state === "sign_in_needed" ? "AADSTS50173" : null, is_active: true,
    level: "send", may_sign_in: true, readers: ["Anna Berger", "Thomas Möller", "Sabine Lindner"],
    last_synced_at: new Date().toISOString(),
    sync: { phase: "steady", expected: 100, held: state === "waiting_for_sign_in" ? 0 : 100, pending: 0, problem: null, problem_detail: null, retry_at: null, poll_s: 16, notified_until: null, notify_problem: null },
  };
}

function accountOf(id: string): MockAccount {
  const known = accounts.get(id) ?? new MockAccount(id, id === "a1" ? SIZE : 40);
  if (!accounts.has(id) && id === "a3") known.sync = { ...known.sync, state: "sign_in_needed", stateReason: "AADSTS50173" };
  if (!accounts.has(id) && id === "a2") known.sync = { ...known.sync, state: "waiting_for_sign_in" };
  accounts.set(id, known);
  return known;
}

function publish(account: MockAccount): void {
  const at = `1.${String(account.modseq)}`;
  const data = { "@type": "StateChange", changed: { [account.id]: { Email: at, Mailbox: at, Thread: at, SyncState: at } } };
  for (const stream of streams) stream.write(`event: state\ndata: ${JSON.stringify(data)}\n\n`);
}

async function bodyOf(request: IncomingMessage): Promise<Json> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text ? (JSON.parse(text) as Json) : {};
}

function send(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

function session(): Json {
  const using = { "urn:ietf:params:jmap:core": { maxCallsInRequest: 32, maxObjectsInGet: 1_000, maxObjectsInSet: 1_000 } };
  return {
    state: String(mailboxes.length), username: "anna", apiUrl: "/jmap/api",
    uploadUrl: "/jmap/upload/{accountId}/",
    downloadUrl: "/jmap/download/{accountId}/{blobId}/{name}?accept={type}",
    eventSourceUrl: "/jmap/eventsource?types={types}&closeafter={closeafter}&ping={ping}",
    capabilities: using, primaryAccounts: {},
    accounts: Object.fromEntries(mailboxes.map((each) => [each["id"], { name: each["address"], isPersonal: false, isReadOnly: false, accountCapabilities: {} }])),
  };
}

async function api(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { methodCalls } = (await bodyOf(request)) as { methodCalls: [string, Json, string][] };
  await new Promise((done) => setTimeout(done, delayMs));
  const responses: [string, Json, string][] = [];
  const touched = new Set<MockAccount>();
  for (const [name, raw, id] of methodCalls) {
    try {
      const args = resolved(raw, responses);
      const account = accountOf(String(args["accountId"]));
      const before = account.modseq;
      responses.push([name, answer(account, name, args), id]);
      if (account.modseq !== before) touched.add(account);
    } catch (error) {
      if (!(error instanceof MockError)) throw error;
      responses.push(["error", { type: error.message }, id]);
    }
  }
  send(response, { methodResponses: responses, sessionState: String(mailboxes.length) });
  for (const account of touched) publish(account);
}

function resolved(args: Json, responses: [string, Json, string][]): Json {
  return Object.fromEntries(Object.entries(args).map(([key, value]) => {
    if (!key.startsWith("#")) return [key, value];
    const { resultOf, path } = value as { resultOf: string; path: string };
    const source = responses.find(([, , id]) => id === resultOf)?.[1];
    return [key.slice(1), referred(source, path)];
  }));
}

function listen(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  response.write(": listening\n\n");
  streams.add(response);
  request.on("close", () => streams.delete(response));
}

function download(url: URL, response: ServerResponse): void {
  const [, , , , blobId = "", name = ""] = url.pathname.split("/");
  const [, number, index] = /^bm(\d+)z(?:-(\d+))?$/.exec(blobId) ?? [];
  const letter = letterOf(Number(number));
  const type = index === undefined ? "message/rfc822" : (letter.attachments[Number(index)]?.type ?? "application/octet-stream");
  response.writeHead(200, { "Content-Type": type, "Content-Disposition": `attachment; filename*=UTF-8''${name}` });
  if (type.startsWith("image/")) response.end(png(320, 200));
  else if (type === "application/pdf") response.end(PDF);
  else response.end(`From: anna@example.org\r\nSubject: ${letter.subject}\r\nX-Long: ${"abc ".repeat(60)}\r\n\r\n${letter.bodyValues["1"]?.value ?? ""}`);
}

const PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>";

function png(width: number, height: number): Buffer {
  const rows = Buffer.concat(Array.from({ length: height }, (_, y) =>
    Buffer.concat([Buffer.from([0]), Buffer.from(Array.from({ length: width }, (_v, x) => [90 + (x >> 1), 140 + (y >> 2), 210 - (x >> 2)]).flat())])));
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  let crc = ~0;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeInt32BE(~crc, 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

const CONTROL: Record<string, (body: Json, id: string) => void> = {
  receive: (body) => {
    const thread = body["thread"] === undefined ? undefined : String(body["thread"]);
    for (let i = 0; i < Number(body["count"] ?? 1); i += 1) accountOf("a1").receive(Date.now(), thread);
    publish(accountOf("a1"));
  },
  sync: (body) => {
    const account = accountOf("a1");
    account.sync = { ...account.sync, ...body };
    account.modseq += 1;
    publish(account);
  },
  state: (body, id) => {
    const row = mailboxes.find((each) => each["id"] === id);
    if (row) Object.assign(row, body);
    const account = accountOf(id);
    account.sync = { ...account.sync, state: row?.["state"] };
    publish(account);
  },
  revoke: (_, id) => {
    mailboxes.splice(mailboxes.findIndex((each) => each["id"] === id), 1);
    for (const stream of [...streams]) {
      stream.write("event: revoked\ndata: {}\n\n");
      stream.end();
    }
  },
  refuse: (body) => { for (const id of (body["ids"] ?? []) as string[]) accountOf("a1").refusals.add(id); },
  empty: () => { mailboxes.length = 0; },
  fail: (body) => { failStatus = Number(body["status"] ?? 0); },
  delay: (body) => { delayMs = Number(body["ms"] ?? 0); },
};

let notices: Json[] = [
  { id: 1, at: new Date().toISOString(), kind: "move", code: "refused", message: "m7z", user: null, detail: "ErrorAccessDenied" },
];

async function handle(request: IncomingMessage, response: ServerResponse, next: () => void): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const [, first, second, third, fourth, fifth] = url.pathname.split("/");
  if (first === "mock") {
    CONTROL[second ?? ""]?.(await bodyOf(request), third ?? "");
    send(response, {});
  } else if (failStatus && (first === "jmap" || (first === "api" && second === "mailboxes"))) {
    send(response, {}, failStatus);
  } else if (first === "jmap" && second === "session") send(response, session());
  else if (first === "jmap" && second === "api") await api(request, response);
  else if (first === "jmap" && second === "eventsource") listen(request, response);
  else if (first === "jmap" && second === "download") download(url, response);
  else if (first === "api" && second === "mailboxes" && !third) send(response, mailboxes);
  else if (first === "api" && second === "mailboxes" && fourth === "notices" && request.method === "DELETE") {
    notices = notices.filter((each) => String(each["id"]) !== fifth);
    send(response, {});
  } else if (first === "api" && second === "mailboxes" && fourth === "notices") send(response, { notices });
  else if (first === "api" && second === "mailboxes" && ["refresh", "look"].includes(fourth ?? "")) {
    const account = accountOf(third ?? "a1");
    account.sync = { ...account.sync, lastSyncedAt: new Date().toISOString() };
    if (fourth === "refresh") publish(account);
    send(response, {});
  } else next();
}

export default function mockJmap(): Plugin {
  return {
    name: "poststelle-mock-jmap",
    enforce: "pre",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        handle(request, response, next).catch(next);
      });
    },
  };
}
