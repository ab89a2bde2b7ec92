import { describe, expect, test } from "vitest";
import { JmapClient, LoginNeeded, MethodFailed, Offline, jsonTransport } from "@/jmap";
import type { AccountId, EmailId, Transport } from "@/jmap";

const account = "a1" as AccountId;
const email = (id: string): EmailId => id as EmailId;
const newest = [{ property: "receivedAt", isAscending: false }] as const;

interface Sent {
  readonly methodCalls: readonly [string, Record<string, unknown>, string][];
}

/** A server that answers every call with `answer(name, args)` and keeps what it was sent. */
function server(answer: (name: string, args: Record<string, unknown>) => [string, unknown]): {
  sent: Sent[]; transport: Transport;
} {
  const sent: Sent[] = [];
  const transport: Transport = (_, body) => {
    sent.push(body as Sent);
    const methodResponses = (body as Sent).methodCalls.map(([name, args, id]) => [...answer(name, args), id]);
    return Promise.resolve({ methodResponses, sessionState: "s1" });
  };
  return { sent, transport };
}

const client = (transport: Transport, maxCalls = 16): JmapClient =>
  new JmapClient({ transport, apiUrl: "/jmap/api", maxCalls });

describe("calls of one tick", () => {
  test("travel in one request, in order", async () => {
    const { sent, transport } = server((name) => [name, { list: [], state: "1", notFound: [] }]);
    const jmap = client(transport);

    await Promise.all([
      jmap.call("Mailbox/get", { accountId: account, ids: null }).result,
      jmap.call("Email/get", { accountId: account, ids: [email("m1")] }).result,
    ]);

    expect(sent.map((each) => each.methodCalls.map(([name]) => name))).toEqual([["Mailbox/get", "Email/get"]]);
  });

  test("name an earlier answer by reference", async () => {
    const { sent, transport } = server((name) => [name, { ids: [], list: [] }]);
    const jmap = client(transport);

    const query = jmap.call("Email/query", { accountId: account, filter: {}, sort: newest, limit: 5 });
    await jmap.call("Email/get", { accountId: account, "#ids": query.ref("/ids") }).result;

    const [first, second] = sent[0]?.methodCalls ?? [];
    expect(second?.[1]["#ids"]).toEqual({ resultOf: first?.[2], name: "Email/query", path: "/ids" });
  });

  test("are divided at the server's limit without parting a reference from its source", async () => {
    const { sent, transport } = server((name) => [name, { ids: [], list: [] }]);
    const jmap = client(transport, 2);

    const one = jmap.call("Mailbox/get", { accountId: account, ids: null });
    const query = jmap.call("Email/query", { accountId: account, filter: {}, sort: newest, limit: 5 });
    const get = jmap.call("Email/get", { accountId: account, "#ids": query.ref("/ids") });
    await Promise.all([one.result, query.result, get.result]);

    expect(sent.map((each) => each.methodCalls.map(([name]) => name))).toEqual([
      ["Mailbox/get"], ["Email/query", "Email/get"],
    ]);
  });
});

describe("failures", () => {
  test("of one method leave the others of the request alone", async () => {
    const { transport } = server((name) =>
      name === "Email/get" ? ["error", { type: "requestTooLarge" }] : [name, { list: [] }]);
    const jmap = client(transport);

    const bad = jmap.call("Email/get", { accountId: account, ids: [] }).result;
    const good = jmap.call("Mailbox/get", { accountId: account, ids: null }).result;

    await expect(bad).rejects.toMatchObject({ name: "MethodFailed", type: "requestTooLarge" });
    await expect(bad).rejects.toBeInstanceOf(MethodFailed);
    await expect(good).resolves.toEqual({ list: [] });
  });

  test("of the network reach every caller as Offline", async () => {
    const transport = jsonTransport(() => Promise.reject(new TypeError("Failed to fetch")));
    const jmap = client(transport);

    await expect(jmap.call("Mailbox/get", { accountId: account }).result).rejects.toBeInstanceOf(Offline);
  });

  test.each([
    [401, {}, "LoginNeeded", {}],
    [429, { "Retry-After": "7" }, "Busy", { afterS: 7 }],
    [503, {}, "Busy", { afterS: 5 }],
    [502, {}, "Offline", {}],
    [403, {}, "RequestRefused", { status: 403, type: "csrf" }],
  ])("HTTP %d becomes %s", async (status, headers, name, fields) => {
    const body = JSON.stringify({ error: { code: "csrf", message: "no" } });
    const transport = jsonTransport(() => Promise.resolve(new Response(body, { status, headers: headers as HeadersInit })));

    await expect(transport("/jmap/session")).rejects.toMatchObject({ name, ...fields });
  });

  test("a page of a proxy with status 200 is not taken for an answer", async () => {
    const transport = jsonTransport(() => Promise.resolve(new Response("<html>login</html>")));

    await expect(transport("/jmap/session")).rejects.toBeInstanceOf(Offline);
  });
});

test("unsafe requests carry the header that foreign pages can't send, safe ones do not", async () => {
  const seen: [string, string | null][] = [];
  const transport = jsonTransport((_, init) => {
    seen.push([init?.method ?? "", new Headers(init?.headers).get("X-Poststelle")]);
    return Promise.resolve(new Response("{}"));
  });

  await transport("/jmap/session");
  await transport("/jmap/api", {});

  expect(seen).toEqual([["GET", null], ["POST", "1"]]);
});

test("a changed session state is told", async () => {
  const { transport } = server((name) => [name, { list: [] }]);
  const told: string[] = [];
  const jmap = new JmapClient({ transport, apiUrl: "/", maxCalls: 4, onSessionState: (state) => told.push(state) });

  await jmap.call("Mailbox/get", { accountId: account }).result;

  expect(told).toEqual(["s1"]);
});

test("LoginNeeded is an error of its own, so that a page can lead to the login", () => {
  expect(new LoginNeeded("x").name).toBe("LoginNeeded");
});
