import { useMe } from "@/session";
import { useMailStore } from "./state/runtime";

/** Hears of new mail while other pages are on screen. */
export function Listening() {
  useMailStore(useMe().id);
  return null;
}
