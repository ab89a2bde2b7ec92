import { ApiError, Offline, Unreadable } from "./errors";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ClientOptions {
  readonly fetch: Fetch;
  /** Called when the server no longer knows the login. */
  readonly onLoggedOut?: () => void;
}

/** Sends one request and returns the decoded answer, or undefined for 204. Throws the errors of `errors.ts`. */
export type Request = <T>(method: Method, path: string, body?: unknown) => Promise<T>;

/** The one door to the REST API: same-origin cookie, CSRF header, errors translated. */
export function createRequest({ fetch, onLoggedOut }: ClientOptions): Request {
  return async <T>(method: Method, path: string, body?: unknown): Promise<T> => {
    const response = await send(fetch, method, path, body);
    if (response.ok) return (response.status === 204 ? undefined : await decode(response)) as T;
    const error = await refusal(response);
    if (error.status === 401 && error instanceof ApiError && error.code !== "wrong_login") onLoggedOut?.();
    throw error;
  };
}

async function send(fetch: Fetch, method: Method, path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-Poststelle"] = "1";
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, {
      method,
      headers,
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (cause) {
    throw new Offline("no answer", { cause });
  }
}

/** The answer's JSON. */
export async function decode(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    throw new Unreadable(response.status);
  }
}

/** What a refused request says. */
export async function refusal(response: Response): Promise<ApiError | Unreadable> {
  const body: unknown = await response.json().catch(() => null);
  const error = isRecord(body) ? body["error"] : null;
  if (!isRecord(error) || typeof error["code"] !== "string") return new Unreadable(response.status);
  const params = isRecord(error["params"]) ? error["params"] : {};
  return new ApiError(response.status, error["code"], String(error["message"] ?? ""), params);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
