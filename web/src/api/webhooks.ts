import { request } from "./request";
import type { AccountId } from "./types";

/** A program that is told of activity records. Source: docs/api.md, "Webhooks of activity records". */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  /** null: what it was sealed with is gone. */
  readonly url: string | null;
  /** null: of all mailboxes. */
  readonly account: AccountId | null;
  /** The secret before the present one signs, too. */
  readonly has_former_secret: boolean;
  readonly paused_at: string | null;
  /** Paused because nothing was taken for days. */
  readonly is_given_up: boolean;
  readonly failing_since: string | null;
  readonly taken_at: string | null;
  /** What was answered last, null when that was taken. */
  readonly problem: string | null;
  readonly next_at: string | null;
  readonly waiting: number;
  readonly refused: number;
}

export interface NewWebhook {
  readonly webhook: Webhook;
  /** Told this once. */
  readonly secret: string;
}

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly kind: "created" | "changed" | "erased";
  readonly record: string;
  readonly state: "waiting" | "taken" | "refused" | "dropped";
  readonly attempts: number;
  readonly tried_at: string | null;
  readonly answer: string | null;
}

export interface WebhookTried {
  readonly is_taken: boolean;
  readonly answer: string;
}

export interface WebhookPatch {
  readonly name?: string;
  readonly url?: string;
  readonly is_paused?: boolean;
}

const path = (id: string): string => `/api/webhooks/${id}`;
const delivery = (id: string, one: string): string => `${path(id)}/deliveries/${one}`;

export const webhooks = {
  list: () => request<{ webhooks: readonly Webhook[] }>("GET", "/api/webhooks").then((answer) => answer.webhooks),
  add: (name: string, url: string, account: AccountId | null) => request<NewWebhook>("POST", "/api/webhooks", { name, url, account }),
  change: (id: string, patch: WebhookPatch) => request<Webhook>("PATCH", path(id), patch),
  remove: (id: string) => request<unknown>("DELETE", path(id)),
  renewSecret: (id: string) => request<NewWebhook>("POST", `${path(id)}/secret`),
  endFormer: (id: string) => request<Webhook>("DELETE", `${path(id)}/former-secret`),
  tryOut: (id: string) => request<WebhookTried>("POST", `${path(id)}/test`),
  deliveries: (id: string) => request<{ deliveries: readonly Delivery[] }>("GET", `${path(id)}/deliveries`).then((answer) => answer.deliveries),
  sendAgain: (id: string, one: string) => request<Delivery>("POST", `${delivery(id, one)}/send`),
  drop: (id: string, one: string) => request<Delivery>("DELETE", delivery(id, one)),
};
