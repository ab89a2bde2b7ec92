import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import type { Screen } from "./state/hooks";
import { useListView } from "./state/mail";
import { changePrefs, usePrefs } from "./state/prefs";
import { Splitter } from "./Splitter";

export interface PanesProps {
  readonly screen: Screen;
  readonly folders: ReactNode;
  readonly list: ReactNode;
  readonly preview: ReactNode;
  /** Which pane a phone shows, and a wide page without preview. */
  readonly front: "folders" | "list" | "preview";
}

/** The panes side by side as far as there is room: three, two, or one at a time. */
export function Panes({ screen, folders, list, preview, front }: PanesProps) {
  const { t } = useLingui();
  const { preview: place } = usePrefs();
  if (screen === "phone") {
    return (
      <div className="min-h-0 grow">
        {front === "folders"
          ? (
            <main className="h-full">
              <h1 className="sr-only">{t`Mailbox`}</h1>
              <nav aria-label={t`Mailbox`} className="h-full overflow-y-auto bg-sunken p-2">{folders}</nav>
            </main>
          )
          : <Alone front={front} list={list} preview={preview} />}
      </div>
    );
  }
  return (
    <div className="flex min-h-0 grow">
      {screen === "wide" && <FolderPane>{folders}</FolderPane>}
      {place === "off" && <div className="min-w-0 grow"><Alone front={front} list={list} preview={preview} /></div>}
      {place === "below" && <Below list={list} preview={preview} />}
      {place === "right" && <Beside list={list} preview={preview} />}
    </div>
  );
}

/** The list, or in its place what is read; then the list's name, which heads the page, is told to who can't see where they are. */
function Alone({ front, list, preview }: Pick<PanesProps, "front" | "list" | "preview">) {
  const { title } = useListView();
  return (
    <main className="h-full">
      {front === "preview" && <h1 className="sr-only">{title}</h1>}
      {front === "preview" ? preview : list}
    </main>
  );
}

function FolderPane({ children }: { readonly children: ReactNode }) {
  const { t } = useLingui();
  const { sidebarWidth } = usePrefs();
  return (
    <nav aria-label={t`Mailbox`} className="flex shrink-0">
      <div style={{ width: `${String(sidebarWidth)}px` }} className="shrink-0 overflow-y-auto bg-sunken p-2">{children}</div>
      <Splitter label={t`Width of the folders`} direction="vertical" value={sidebarWidth} min={180} max={420} onChange={(value) => { changePrefs({ sidebarWidth: value }); }} />
    </nav>
  );
}

function Beside({ list, preview }: Pick<PanesProps, "list" | "preview">) {
  const { t } = useLingui();
  const { listWidth } = usePrefs();
  return (
    <>
      <div style={{ width: `${String(listWidth)}px` }} className="max-w-[55%] min-w-0 shrink-0">{list}</div>
      <main className="flex min-w-0 grow">
        <Splitter label={t`Width of the list`} direction="vertical" value={listWidth} min={280} max={720} onChange={(value) => { changePrefs({ listWidth: value }); }} />
        <div className="min-w-0 grow">{preview}</div>
      </main>
    </>
  );
}

function Below({ list, preview }: Pick<PanesProps, "list" | "preview">) {
  const { t } = useLingui();
  const { listHeight } = usePrefs();
  return (
    <div className="flex min-w-0 grow flex-col">
      <div style={{ height: `${String(listHeight)}px` }} className="max-h-[70%] min-h-0 shrink-0">{list}</div>
      <main className="flex min-h-0 grow flex-col">
        <Splitter label={t`Height of the list`} direction="horizontal" value={listHeight} min={160} max={900} onChange={(value) => { changePrefs({ listHeight: value }); }} />
        <div className="min-h-0 grow">{preview}</div>
      </main>
    </div>
  );
}
