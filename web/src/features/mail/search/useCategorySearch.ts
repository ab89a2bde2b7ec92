import { useLingui } from "@lingui/react/macro";
import type { ListView } from "../state/mail";
import { searchForCategory } from "./suggest";

/** Look for what is in a category, in the open folder as a filter does, else where a search looks already. */
export function useCategorySearch({ setSearch, search }: Pick<ListView, "setSearch" | "search">): (name: string) => void {
  const { t } = useLingui();
  const operator = t({ message: "category", context: "search operator" });
  return (name) => { setSearch(`${searchForCategory(name, operator)} `, { scope: search?.scope ?? "here" }); };
}
