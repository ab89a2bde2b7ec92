import { createApi } from "./endpoints";
import { request } from "./request";

/** The API of the page's own server. */
export const api = createApi(request);

export { type Api } from "./endpoints";
export { ApiError, isApiError, Offline, RequestFailed, Unreadable } from "./errors";
export type * from "./absence-types";
export type * from "./archive-types";
export type * from "./audit-types";
export type * from "./health-types";
export type * from "./picture-types";
export type * from "./security-types";
export * from "./types";
