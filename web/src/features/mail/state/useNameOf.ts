import { useCallback } from "react";
import type { Folder } from "@/jmap";
import { useRoleNames } from "../all/opened";
import { nameOf } from "../text/names";

/** Says what a folder is called on the page; "" of one that is not there. */
export type NameOf = (folder: Pick<Folder, "name" | "role" | "parentId"> | undefined) => string;

/** The same function until the language is another one. */
export function useNameOf(): NameOf {
  const words = useRoleNames();
  return useCallback((folder) => (folder ? nameOf(folder, words) : ""), [words]);
}

/** What one folder is called; "" where there is none. */
export function useFolderName(folder: Folder | null): string {
  return useNameOf()(folder ?? undefined);
}
