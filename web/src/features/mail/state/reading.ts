import type { EmailId } from "@/jmap";

/** What keys need of the thread on screen. */
export interface ReadingSight {
  /** More than one message is there. */
  readonly isStack: boolean;
  /** The message that an answer answers. */
  readonly answers: EmailId;
  /** Go on to another message of it. */
  step(by: 1 | -1): void;
  /** Unfold or fold the message that keys are about. */
  toggle(): void;
  foldAll(isFolded: boolean): void;
  /** All of it that is shown. */
  print(): void;
}
