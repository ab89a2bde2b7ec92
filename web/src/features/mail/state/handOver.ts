/** The page that leads to Microsoft's sign-in; the app ring hands it in, because features never import each other. */
import type { ReactNode } from "react";
import { createContext, useContext } from "react";
import type { AssignedMailbox } from "@/store";

/** In place of the mailbox, or in a dialog that already carries the title. */
export type HandOverSlot = (mailbox: AssignedMailbox, place: "page" | "dialog") => ReactNode;

export const HandOverContext = createContext<HandOverSlot>(() => null);

export function useHandOver(): HandOverSlot {
  return useContext(HandOverContext);
}
