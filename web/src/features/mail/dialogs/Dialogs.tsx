import type { ReactNode } from "react";
import { SyncDialog } from "../folders/SyncDialog";
import { useMail } from "../state/mail";
import { DestroyDialog } from "./DestroyDialog";
import { FolderDrawer } from "./FolderDrawer";
import { FolderDestroyDialog, FolderEmptyDialog } from "./FolderEndDialog";
import { FolderMoveDialog } from "./FolderMoveDialog";
import { FolderNameDialog } from "./FolderNameDialog";
import { KeysDialog } from "./KeysDialog";
import { MoveDialog } from "./MoveDialog";

/** Whichever dialog is open. */
export function Dialogs({ folders }: { readonly folders: ReactNode }) {
  const { dialog } = useMail();
  switch (dialog?.kind) {
    case "move": return <MoveDialog ids={dialog.ids} />;
    case "destroy": return <DestroyDialog ids={dialog.ids} />;
    case "keys": return <KeysDialog />;
    case "sync": return <SyncDialog />;
    case "folders": return <FolderDrawer>{folders}</FolderDrawer>;
    case "folder-name": return <FolderNameDialog parentId={dialog.parentId} folder={dialog.folder} />;
    case "folder-move": return <FolderMoveDialog folder={dialog.folder} />;
    case "folder-destroy": return <FolderDestroyDialog folder={dialog.folder} />;
    case "folder-empty": return <FolderEmptyDialog folder={dialog.folder} />;
    case undefined: return null;
  }
}
