import { Trans, useLingui } from "@lingui/react/macro";
import { Plus } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { useDates } from "@/i18n";
import type { MailboxId } from "@/jmap";
import { useVisibleFolders } from "../state/hooks";
import { useMail } from "../state/mail";
import { changePrefs, usePrefs } from "../state/prefs";
import type { FolderNode } from "../text/names";
import { folderForest } from "../text/names";
import { FavouriteRows } from "./FavouriteRows";
import { FolderRow } from "./FolderRow";
import { Heading } from "./Heading";

/** System folders and own folders as a tree: arrow keys walk, left and right fold, Enter opens. */
export function FolderTree() {
  const { t } = useLingui();
  const { account, folder, mayWrite, setDialog, favourites: { shown: favourites } } = useMail();
  const { style } = useDates();
  const folders = useVisibleFolders(account);
  const { collapsed } = usePrefs();
  const { system, own } = useMemo(() => folderForest(folders, style.locale), [folders, style.locale]);
  const isFolded = (node: FolderNode): boolean => collapsed.includes(key(account.id, node));
  const tree = useRef<HTMLDivElement>(null);
  const [said, setSaid] = useState("");
  const visible = [...flat(system, isFolded, 1), ...flat(own, isFolded, 1)];
  const focusable = visible.some(({ node }) => node.mailbox.id === folder?.id) ? folder?.id : visible[0]?.node.mailbox.id;

  const fold = (node: FolderNode, on: boolean): void => {
    const others = collapsed.filter((each) => each !== key(account.id, node));
    changePrefs({ collapsed: on ? [...others, key(account.id, node)] : others });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const items = [...(tree.current?.querySelectorAll<HTMLElement>("[role=treeitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const node = visible[at - favourites.length]?.node;
    if (event.altKey) return; // moves a favourite
    const move: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 };
    const to = move[event.key];
    if (to !== undefined) items[to]?.focus();
    else if (node && event.key === "ArrowLeft") fold(node, true);
    else if (node && event.key === "ArrowRight") fold(node, false);
    else return;
    event.preventDefault();
  };
  const rows = (nodes: readonly FolderNode[]) =>
    flat(nodes, isFolded, 1).map(({ node, depth }) => (
      <FolderRow
        key={node.mailbox.id} node={node} depth={depth} isFolded={isFolded(node)} isFocusable={node.mailbox.id === focusable}
        onFold={(on) => { fold(node, on); }}
      />
    ));
  return (
    <div className="pb-4">
      <div ref={tree} role="tree" aria-label={t`Folders`} tabIndex={-1} onKeyDown={onKeyDown} className="flex flex-col">
        <FavouriteRows onSay={setSaid} />
        <Heading><Trans>System folders</Trans></Heading>
        {rows(system)}
        {(own.length > 0 || mayWrite) && <Heading><Trans>My folders</Trans></Heading>}
        {rows(own)}
      </div>
      <span role="status" className="sr-only">{said}</span>
      {mayWrite && (
        <button
          type="button" onClick={() => { setDialog({ kind: "folder-name", parentId: null, folder: null }); }}
          className="mt-1 flex min-h-8 touch:min-h-11 w-full items-center gap-1.5 rounded-md px-2 text-list text-muted hover:bg-hover hover:text-ink"
        >
          <Plus size={16} aria-hidden className="mx-0.5" /> <Trans>New folder</Trans>
        </button>
      )}
    </div>
  );
}

function key(account: string, { mailbox }: FolderNode): string {
  return `${account}/${mailbox.id}`;
}

interface Placed {
  readonly node: FolderNode;
  readonly depth: number;
}

function flat(nodes: readonly FolderNode[], isFolded: (node: FolderNode) => boolean, depth: number): readonly Placed[] {
  return nodes.flatMap((node) => [
    { node, depth }, ...(isFolded(node) ? [] : flat(node.children, isFolded, depth + 1)),
  ]);
}

export type { MailboxId };
