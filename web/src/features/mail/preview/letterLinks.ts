/** Addresses in a message begin a letter here, from the mailbox of the message, instead of in some other program. */
import { createContext, useContext } from "react";
import { useMail } from "../state/mail";
import type { LetterStart } from "../text/mailto";
import { startOfMailto } from "../text/mailto";

/** Closes what lies above the page, so that the letter can be seen. */
export const LeaveContext = createContext<() => void>(() => undefined);

/** What a pressed link asks to be written; null for any other. Elements of a frame are of no class of ours. */
export function letterOf(pressed: EventTarget | null): LetterStart | null {
  const link = (pressed as Partial<Element> | null)?.closest?.("a[href],area[href]");
  return startOfMailto(link?.getAttribute("href") ?? "");
}

/** For presses in a message. Who may not write here has the link as it is. */
export function useLetterLinks(): (event: Pick<Event, "target" | "preventDefault">) => void {
  const { writing } = useMail();
  const leave = useContext(LeaveContext);
  return (event) => {
    const start = writing.isPossible ? letterOf(event.target) : null;
    if (!start) return;
    event.preventDefault();
    leave();
    writing.writeOn(start);
  };
}
