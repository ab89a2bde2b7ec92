import { createContext, useContext } from "react";

const Door = createContext<() => void>(() => undefined);

/** Given by the app ring: opens the help beside the settings. */
export const HelpDoor = Door.Provider;

export const useOpenHelp = (): (() => void) => useContext(Door);
