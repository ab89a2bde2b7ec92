import { describe, expect, test } from "vitest";
import { createRequest } from "./client";
import { ApiError, Offline, Unreadable } from "./errors";

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

function serverAnswering(response: () => Response | Error) {
  const sent: Sent[] = [];
  let loggedOut = 0;
  const request = createRequest({
    fetch: (url, init) => {
      sent.push({ url, init });
      const answer = response();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    onLoggedOut: () => void loggedOut++,
  });
  return { request, sent, loggedOut: () => loggedOut };
}

const refusal = (status: number, code: string, params = {}) =>
  Response.json({ error: { code, message: "in English", params } }, { status });

describe("the API client", () => {
  test("sends the CSRF header with everything that changes something, and only with that", async () => {
    const { request, sent } = serverAnswering(() => Response.json({}));
    await request("GET", "/api/users");
    await request("DELETE", "/api/users/u1");
    const header = (index: number) => new Headers(sent[index]?.init.headers).get("X-Poststelle");
    expect([header(0), header(1)]).toEqual([null, "1"]);
  });

  test("turns a refusal into its code, its field and its parameters", async () => {
    const { request } = serverAnswering(() => refusal(422, "invalid_address", { field: "address", reason: "domain" }));
    const error = await request("POST", "/api/accounts", {}).catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 422, code: "invalid_address", field: "address" });
  });

  test("tells the page when the login has ended, but not when a password was wrong", async () => {
    const ended = serverAnswering(() => refusal(401, "login_needed"));
    await ended.request("GET", "/api/users").catch(() => undefined);
    expect(ended.loggedOut()).toBe(1);

    const wrong = serverAnswering(() => refusal(401, "wrong_login"));
    await wrong.request("POST", "/api/login", {}).catch(() => undefined);
    expect(wrong.loggedOut()).toBe(0);
  });

  test("knows a missing network from an answer that is not ours", async () => {
    const away = serverAnswering(() => new TypeError("Failed to fetch"));
    await expect(away.request("GET", "/api/start")).rejects.toBeInstanceOf(Offline);

    const proxy = serverAnswering(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(proxy.request("GET", "/api/start")).rejects.toBeInstanceOf(Unreadable);

    const portal = serverAnswering(() => new Response("<h1>Welcome to the hotel</h1>"));
    await expect(portal.request("GET", "/api/start")).rejects.toBeInstanceOf(Unreadable);
  });

  test("an empty answer is no error", async () => {
    const { request } = serverAnswering(() => new Response(null, { status: 204 }));
    await expect(request("POST", "/api/logout")).resolves.toBeUndefined();
  });
});
