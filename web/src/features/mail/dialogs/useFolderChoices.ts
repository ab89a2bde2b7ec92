import { useMemo } from "react";
import { useDates } from "@/i18n";
import type { Mailbox } from "@/jmap";
import { useVisibleFolders } from "../state/hooks";
import { useMail } from "../state/mail";
import { useNameOf } from "../state/useNameOf";
import type { FolderNode } from "../text/names";
import { folderForest, folderPath } from "../text/names";
import type { Choice } from "./FolderChooser";

/** Every folder people see, in the tree's order. */
export function useFolderChoices(): readonly Choice<Mailbox>[] {
  const { account } = useMail();
  const { style } = useDates();
  const folders = useVisibleFolders(account);
  const nameOf = useNameOf();
  return useMemo(() => {
    const { system, own } = folderForest(folders, style.locale);
    return [...flat(system), ...flat(own)].map((mailbox) => ({
      id: mailbox.id, value: mailbox, name: nameOf(mailbox), above: folderPath(mailbox, (id) => account.mailboxes.get(id), nameOf).slice(0, -1),
    }));
  }, [folders, style.locale, account, nameOf]);
}

function flat(nodes: readonly FolderNode[]): readonly Mailbox[] {
  return nodes.flatMap((node) => [node.mailbox, ...flat(node.children)]);
}
