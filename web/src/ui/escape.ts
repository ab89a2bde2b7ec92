import { createContext } from "react";

/**
 * How to leave the dialog around an element; null outside of dialogs. A tooltip is
 * the topmost layer while it shows and would keep the Escape key to itself.
 */
export const LeaveContext = createContext<(() => void) | null>(null);
