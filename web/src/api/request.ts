import { session } from "@/session/session";
import { createRequest } from "./client";

/** Asks the page's own server. */
export const request = createRequest({ fetch: (url, init) => fetch(url, init), onLoggedOut: () => session.loggedOut() });
