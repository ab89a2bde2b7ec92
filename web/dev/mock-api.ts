/**
 * A stand-in for the administration API while working on the pages: `npm run dev:mock`.
 * It keeps an estate agent's office in memory, loses it at restart, and is in no bundle.
 * `?mock=setup|empty|slow|broken|plain` at any page's address picks another beginning.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import { answer, type World, world } from "./office.ts";

const slowMs = 1500;

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(body));
}

/** The page that asks says which beginning it wants: the mock looks at its address. */
function beginning(request: IncomingMessage): string | null {
  const page = request.headers.referer;
  return page ? new URL(page).searchParams.get("mock") : null;
}

export default function mockApi(): Plugin {
  const worlds = new Map<string, World>();
  return {
    name: "poststelle-mock-api",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const url = new URL(request.url ?? "/", "http://mock");
        const isOurs = url.pathname.startsWith("/api/") || url.pathname.startsWith("/sign-in/microsoft/");
        if (!isOurs) {
          next();
          return;
        }
        void respond(request, response, url);
      });
    },
  };

  async function respond(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const kind = beginning(request) ?? "office";
    const state = worlds.get(kind) ?? world(kind);
    worlds.set(kind, state);
    if (kind === "slow") await new Promise((resolve) => setTimeout(resolve, slowMs));
    const { status, body } = answer(state, request.method ?? "GET", url, await readBody(request));
    send(response, status, body);
  }
}
