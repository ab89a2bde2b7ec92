/** A part of a page in jsdom, before a server that gives the answers it is told. */
import "./browser";
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { act, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import type { Me, Start } from "@/api/types";
import { session } from "@/session";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** What was asked, in order, and what is answered to "METHOD /path"; anything else is answered with 404. */
export class Server {
  readonly asked: Asked[] = [];
  readonly #answers = new Map<string, Answer>();

  answer(request: string, body: unknown): void {
    this.#answers.set(request, { status: 200, body });
  }

  refuse(request: string, status: number, code: string, params: Record<string, unknown> = {}): void {
    this.#answers.set(request, { status, body: { error: { code, message: code, params } } });
  }

  fetch = (path: string, init: RequestInit): Promise<Response> => {
    const method = init.method ?? "GET";
    this.asked.push({ method, path, body: typeof init.body === "string" ? JSON.parse(init.body) : undefined });
    const { status, body } = this.#answers.get(`${method} ${path}`) ?? { status: 404, body: { error: { code: "not_found" } } };
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  };

  /** What was asked beside reading. */
  changes(): readonly Asked[] {
    return this.asked.filter(({ method }) => method !== "GET");
  }
}

export class Page {
  readonly server = new Server();
  readonly #root: Root;

  constructor() {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true, fetch: this.server.fetch });
    i18n.loadAndActivate({ locale: "en", messages: {} });
    document.body.replaceChildren();
    this.#root = createRoot(document.body.appendChild(document.createElement("div")));
  }

  /** Show it, and everything it asks the server for. */
  async show(part: ReactNode): Promise<void> {
    await act(async () => {
      this.#root.render(<I18nProvider i18n={i18n}>{part}</I18nProvider>);
    });
  }

  /** Somebody is logged in. */
  logIn(me: Partial<Me> = {}): void {
    session.started({ user: { id: "u1", name: "Sabine Lindner", login: "sabine", may_settings: true, has_password: true, ...me } } as Start);
  }

  async end(): Promise<void> {
    await act(async () => { this.#root.unmount(); });
  }

  text(): string {
    return (document.body.textContent ?? "").replaceAll(/\s+/g, " ");
  }

  dialog(): string | null {
    return document.querySelector("[role=dialog]")?.textContent?.replaceAll(/\s+/g, " ") ?? null;
  }

  button(name: string): HTMLButtonElement {
    const named = [...document.querySelectorAll("button")].find((one) => (one.getAttribute("aria-label") ?? one.textContent) === name);
    if (!named) throw new Error(`no button ${name} in: ${this.text()}`);
    return named;
  }

  async press(name: string): Promise<void> {
    await act(async () => { this.button(name).click(); });
  }

  field(label: string): HTMLInputElement | HTMLTextAreaElement {
    const named = [...document.querySelectorAll("label")].find((one) => one.textContent?.startsWith(label));
    const field = named?.control ?? named?.querySelector("input, textarea");
    if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) throw new Error(`no field ${label} in: ${this.text()}`);
    return field;
  }

  async tick(label: string): Promise<void> {
    await act(async () => { this.field(label).click(); });
  }

  /** As a person types: React hears of it by the event only. */
  async type(label: string, text: string): Promise<void> {
    const field = this.field(label);
    const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(field) as object, "value")?.set;
    await act(async () => {
      field.focus();
      set?.call(field, text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  async key(label: string, key: string): Promise<void> {
    await act(async () => { this.field(label).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); });
  }

  async leave(label: string): Promise<void> {
    await act(async () => { this.field(label).blur(); });
  }
}
