import { session } from "@/session/session";
import { createRequest } from "./client";
import { createApi } from "./endpoints";

/** The API of the page's own server. */
export const api = createApi(
  createRequest({ fetch: (url, init) => fetch(url, init), onLoggedOut: () => session.loggedOut() }),
);

export { type Api } from "./endpoints";
export { ApiError, isApiError, Offline, RequestFailed, Unreadable } from "./errors";
export type * from "./absence-types";
export type * from "./audit-types";
export type * from "./health-types";
export type * from "./picture-types";
export type * from "./security-types";
export * from "./types";
