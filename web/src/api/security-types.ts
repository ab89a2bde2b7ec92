import type { Me } from "./types";

/** One of one's own logins: a browser. `agent` is what it calls itself. */
export interface Login {
  readonly id: string;
  readonly agent: string;
  readonly created_at: string;
  readonly last_seen_at: string;
  /** The one by which one is here. */
  readonly is_this: boolean;
}

/** How somebody can prove their second factor. */
export type Way = "app" | "passkey" | "recovery";

/** The password was right and a second factor is missing; no `ways`: one must be set up first. */
export interface NextStep {
  readonly token: string;
  readonly ways: readonly Way[];
}

/** A login that has begun by its second step. */
export interface Entered {
  readonly user: Me;
  /** Set where a recovery code was spent on it. */
  readonly recovery_left: number | null;
  /** Made with a first second factor, and shown this once. */
  readonly recovery_codes: readonly string[];
}

export interface Passkey {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

/** One's own second factors. */
export interface Factors {
  readonly app_since: string | null;
  readonly passkeys: readonly Passkey[];
  readonly recovery_left: number;
  readonly is_required: boolean;
  /** Browsers offer passkeys under this server's address. */
  readonly may_passkeys: boolean;
  /** Until then it counts as proof that the provider of single sign-on had the person sign on anew. */
  readonly signed_on_until: string | null;
}

/** For an app: the secret to type, and its picture to scan. */
export interface NewApp {
  readonly token: string;
  readonly secret: string;
  readonly uri: string;
  readonly picture: string;
}

/** What a browser is asked; source: Web Authentication Level 3, §5.1.8, §5.1.9. */
export interface Question<Options> {
  readonly token: string;
  readonly options: Options;
}

export type PasskeyWish = Question<PublicKeyCredentialCreationOptionsJSON>;
export type PasskeyQuestion = Question<PublicKeyCredentialRequestOptionsJSON>;

export interface PasskeyAnswer {
  readonly token: string;
  readonly credential: unknown;
}

/** The second factor of who has one. */
export interface Second {
  readonly code?: string;
  readonly passkey?: PasskeyAnswer;
}

/** That it is still oneself. */
export type IdentityProof = Second & { readonly password: string };

/** Who must have a second factor. */
export type RequiredFor = "nobody" | "settings" | "all";

export interface LoginSettings {
  readonly second_factor_for: RequiredFor;
  /** How many active users have none: of those with the right for the settings, and of all. */
  readonly without_second_factor: { readonly settings: number; readonly all: number };
}
