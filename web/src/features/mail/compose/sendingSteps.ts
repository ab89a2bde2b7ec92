/** What is asked, and what can be done, on a letter's way out. */
export type Question = "dealtWith" | "cloud" | "answered" | "noSubject" | "noFile" | "placeholder" | "discard";

export interface Sending {
  readonly maySend: boolean;
  readonly question: { readonly kind: Question; readonly at: Date | null } | null;
  send(at: Date | null): void;
  /** Not after all. */
  stop(): void;
  close(): void;
  discard(): void;
  answer(isYes: boolean): void;
}
