import type { StateTone } from "./StateDot";

/** One sign for each state of a mailbox, wherever it is shown. */
export const accountTone: Readonly<Record<"waiting_for_sign_in" | "connected" | "sign_in_needed", StateTone>> = {
  waiting_for_sign_in: "waiting",
  connected: "good",
  sign_in_needed: "attention",
};
