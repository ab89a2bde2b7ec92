import type { ReactNode } from "react";
import { Suspense, lazy } from "react";
import type { EmailId } from "@/jmap";
import { useEmail } from "../state/hooks";
import { useMail } from "../state/mail";
import { DestroyDialog } from "./DestroyDialog";
import { FolderDrawer } from "./FolderDrawer";
import { FolderMoveDialog } from "./FolderMoveDialog";
import { MoveDialog } from "./MoveDialog";

/** What is asked for now and then need not come with the list. */
const KeysDialog = lazy(async () => ({ default: (await import("./KeysDialog")).KeysDialog }));
const ColumnsDialog = lazy(async () => ({ default: (await import("./ColumnsDialog")).ColumnsDialog }));
const OriginalDialog = lazy(async () => ({ default: (await import("../preview/OriginalDialog")).OriginalDialog }));

const FolderDestroyDialog = lazy(async () => ({ default: (await import("./FolderEndDialog")).FolderDestroyDialog }));
const FolderEmptyDialog = lazy(async () => ({ default: (await import("./FolderEndDialog")).FolderEmptyDialog }));
const FolderNameDialog = lazy(async () => ({ default: (await import("./FolderNameDialog")).FolderNameDialog }));
const CategoriesDialog = lazy(async () => ({ default: (await import("./CategoriesDialog")).CategoriesDialog }));
const SyncDialog = lazy(async () => ({ default: (await import("../folders/SyncDialog")).SyncDialog }));
const PrintRow = lazy(async () => ({ default: (await import("../preview/PrintRow")).PrintRow }));

function Later({ children }: { readonly children: ReactNode }) {
  return <Suspense fallback={null}>{children}</Suspense>;
}

function Original({ id }: { readonly id: EmailId }) {
  const email = useEmail(useMail().account, id);
  return email ? <OriginalDialog email={email} /> : null;
}

/** Whichever dialog is open. */
export function Dialogs({ folders }: { readonly folders: ReactNode }) {
  const view = useMail();
  const { dialog } = view;
  switch (dialog?.kind) {
    case "move": return <MoveDialog ids={dialog.ids} />;
    case "categories": return <Later><CategoriesDialog view={view} ids={dialog.ids} /></Later>;
    case "destroy": return <DestroyDialog ids={dialog.ids} />;
    case "keys": return <Later><KeysDialog /></Later>;
    case "columns": return <Later><ColumnsDialog /></Later>;
    case "original": return <Later><Original id={dialog.id} /></Later>;
    case "print": return <Later><PrintRow id={dialog.id} /></Later>;
    case "sync": return <Later><SyncDialog /></Later>;
    case "folders": return <FolderDrawer>{folders}</FolderDrawer>;
    case "folder-name": return <Later><FolderNameDialog {...dialog} /></Later>;
    case "folder-move": return <FolderMoveDialog folder={dialog.folder} />;
    case "folder-destroy": return <Later><FolderDestroyDialog folder={dialog.folder} /></Later>;
    case "folder-empty": return <Later><FolderEmptyDialog folder={dialog.folder} /></Later>;
    case undefined: return null;
  }
}
