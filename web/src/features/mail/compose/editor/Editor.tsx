import { useLingui } from "@lingui/react/macro";
import type { Node as Block } from "prosemirror-model";
import { EditorState, Selection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import type { ReactNode } from "react";
import { useEffect, useRef, useState } from "react";
import type { TextHolder } from "./holder";
import { insertHtml, insertText, sign } from "./inserting";
import { LinkDialog } from "./LinkDialog";
import { docOf, htmlOf } from "./mailHtml";
import { editorPlugins } from "./keys";
import { schema } from "./schema";
import type { Proposals } from "./slash";
import { useSlash } from "./slash";
import type { Look } from "./looks";
import { lookOf } from "./looks";
import { Toolbar } from "./Toolbar";
import { withLists } from "./wordLists";
import { KeptView, PictureView, colourView, highlightView } from "./views";
import "./editor.css";

export interface EditorProps {
  readonly holder: TextHolder;
  /** The keyboard goes here when the letter appears. */
  readonly isFirst: boolean;
  readonly isToolbarShown: boolean;
  readonly onSend?: () => void;
  /** Buttons of one's own, beside those for the look. */
  readonly tools?: ReactNode;
  /** Where no picture can be: no button for one. */
  readonly hasPictures?: boolean;
  /** What "/" at the beginning of a word proposes. */
  readonly proposals?: Proposals;
}

/** The text of a letter, with what formats it. */
export function Editor({ holder, isFirst, isToolbarShown, onSend, tools, hasPictures = true, proposals }: EditorProps) {
  const { t } = useLingui();
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<EditorView | null>(null);
  const [look, setLook] = useState<Look | null>(null);
  const [isLinking, setLinking] = useState(false);
  const slash = useSlash(view, proposals);
  const latest = useRef({ onSend, slash });
  useEffect(() => { latest.current = { onSend, slash }; });
  const words = useRef({
    show: t`Show quoted text`, hide: t`Hide quoted text`, edit: t`Edit`, remove: t`Remove`, quoted: t`Quoted message`, table: t`Table`,
    remotePicture: t`Picture from the internet`,
  });
  const label = useRef(t`Text`); // once: other texts that come meanwhile must not make the editor anew under the writer
  useEffect(() => {
    if (!place.current) return undefined;
    const needs = {
      words: words.current, picture: (cid: string) => holder.picture(cid),
      paper: () => (document.documentElement.dataset["theme"] === "dark" ? "dark" as const : "light" as const),
    };
    const made: EditorView = new EditorView(place.current, {
      state: EditorState.create({ doc: docOf(holder.startHtml()), plugins: [...editorPlugins({ onLink: () => { setLinking(true); } })] }),
      attributes: { role: "textbox", "aria-multiline": "true", "aria-label": label.current, class: "letter", spellcheck: "true" },
      nodeViews: {
        image: (node) => new PictureView(node, needs),
        kept: (node, inView, getPos) => new KeptView(node, inView, getPos, needs),
      },
      markViews: { colour: colourView, highlight: highlightView },
      dispatchTransaction: (transaction) => {
        made.updateState(made.state.apply(transaction));
        setLook(lookOf(made.state));
        latest.current.slash.look(made.state);
        if (transaction.docChanged) holder.touched();
      },
      handleDOMEvents: {
        keydown: (_, event) => event.key === "Escape" && !latest.current.slash.isOpen, // it is the panel's
        blur: () => { latest.current.slash.close(); return false; },
      },
      handleKeyDown: (_, event) => {
        if (latest.current.slash.take(event)) return true;
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return false;
        latest.current.onSend?.();
        return true;
      },
      transformPastedHTML: withLists,
      handlePaste: (inView, event) => pastePictures(inView, event, holder),
      handleDrop: (_, event) => (event.dataTransfer?.files.length ?? 0) > 0, // files are the panel's
    });
    holder.hold({
      html: () => htmlOf(made.state.doc), sign: (html, isAtFirst) => { sign(made, html, isAtFirst); },
      insertHtml: (html) => { insertHtml(made, html); }, insertText: (text) => { insertText(made, text); },
    });
    made.dispatch(made.state.tr.setSelection(Selection.atStart(made.state.doc)));
    setView(made);
    return () => {
      holder.hold(null);
      made.destroy();
      setView(null);
    };
  }, [holder]);
  useEffect(() => { if (isFirst) view?.focus(); }, [isFirst, view]);
  return (
    <>
      <div data-text className="min-h-0 grow overflow-y-auto" onClick={(event) => { if (event.target === event.currentTarget) view?.focus(); }}>
        <div ref={place} />
      </div>
      {isToolbarShown && view && look && <Toolbar view={view} look={look} onLink={() => { setLinking(true); }} onPicture={hasPictures ? (file) => { void insertPicture(view, file, holder); } : null}>{tools}</Toolbar>}
      {slash.list}
      {isLinking && view && <LinkDialog view={view} onClose={() => { setLinking(false); }} />}
    </>
  );
}

/** Pictures of the clipboard go into the text; where it has words too, as from a spreadsheet, the words do. */
function pastePictures(view: EditorView, event: ClipboardEvent, holder: TextHolder): boolean {
  const files = [...(event.clipboardData?.files ?? [])];
  const html = event.clipboardData?.getData("text/html") ?? "";
  const hasWords = html.replace(/<[^>]*>|\s|&nbsp;/gu, "") !== "" || (event.clipboardData?.getData("text/plain") ?? "").trim() !== "";
  if (files.length === 0 || hasWords) return false;
  for (const file of files) {
    if (isPicture(file)) void insertPicture(view, file, holder);
    else holder.addFiles([file]);
  }
  return true;
}

function isPicture({ type }: File): boolean {
  return /^image\/(?:png|jpe?g|gif|webp)$/u.test(type);
}

async function insertPicture(view: EditorView, file: File, holder: TextHolder): Promise<void> {
  if (!isPicture(file)) { holder.addFiles([file]); return; }
  const cid = await holder.addPicture(file);
  if (view.isDestroyed) return;
  const image: Block | undefined = cid ? schema.nodes["image"]?.create({ src: `cid:${cid}`, alt: file.name }) : undefined;
  if (image) view.dispatch(view.state.tr.replaceSelectionWith(image).scrollIntoView());
  view.focus();
}
