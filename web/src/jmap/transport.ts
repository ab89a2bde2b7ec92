/** One HTTP exchange: JSON in, JSON out, failures as the errors of `errors.ts`. */
import { noteServerTime } from "@/lib/serverClock";
import { Busy, LoginNeeded, Offline, RequestRefused } from "./errors";

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 30_000;
const DEFAULT_WAIT_S = 5;

export interface Asking {
  /** Only what the server says now counts: nothing kept of earlier answers stands in for it. */
  readonly isFresh?: boolean;
}

export type Transport = (url: string, body?: unknown, method?: string, asking?: Asking) => Promise<unknown>;

/**
 * Make the function that all of the mail module's requests go through.
 * Unsafe methods carry `X-Poststelle`, which no foreign page can send.
 * Answers undefined for an empty response.
 */
export function jsonTransport(fetch: Fetch, timeoutMs: number = TIMEOUT_MS): Transport {
  return async (url, body, method = body === undefined ? "GET" : "POST") => {
    const response = await reach(fetch, url, requestInit(method, body, timeoutMs));
    if (!response.ok) throw await failure(response);
    return response.status === 204 ? undefined : readJson(response);
  };
}

function requestInit(method: string, body: unknown, timeoutMs: number): RequestInit {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-Poststelle"] = "1";
  const init: RequestInit = {
    method, headers, credentials: "same-origin", signal: AbortSignal.timeout(timeoutMs),
  };
  if (body === undefined) return init;
  headers["Content-Type"] = "application/json";
  return { ...init, body: JSON.stringify(body) };
}

async function reach(fetch: Fetch, url: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, init);
    noteServerTime(response.headers.get("Date"));
    return response;
  } catch (cause) {
    throw new Offline("The server can't be reached", { cause });
  }
}

/** A proxy's HTML page with status 200 is no answer of ours. */
async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new Offline("The answer broke off", { cause });
  }
}

async function failure(response: Response): Promise<Error> {
  const { status } = response;
  if (status === 401) return new LoginNeeded("The login has ended");
  if (status === 429 || status === 503) return new Busy(retryAfterS(response));
  if (status === 502 || status === 504) return new Offline(`Gateway answered ${String(status)}`);
  const problem = await problemDetails(response);
  return new RequestRefused(status, problem.type, problem.detail);
}

function retryAfterS(response: Response): number {
  const seconds = Number(response.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds : DEFAULT_WAIT_S;
}

/** RFC 7807 details of JMAP, or the `error` object of the REST API. */
async function problemDetails(response: Response): Promise<{ type: string; detail: string }> {
  const fallback = { type: `http_${String(response.status)}`, detail: response.statusText };
  try {
    const body = (await response.json()) as {
      type?: string; detail?: string; error?: { code: string; message: string };
    };
    return {
      type: body.error?.code ?? body.type ?? fallback.type,
      detail: body.error?.message ?? body.detail ?? fallback.detail,
    };
  } catch {
    return fallback; // not JSON: the status alone has to do
  }
}
