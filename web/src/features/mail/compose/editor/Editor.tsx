import { useLingui } from "@lingui/react/macro";
import type { Node as Block } from "prosemirror-model";
import { EditorState, Selection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { useEffect, useRef, useState } from "react";
import type { Composer } from "../composer";
import { LinkDialog } from "./LinkDialog";
import { docOf, htmlOf } from "./mailHtml";
import { editorPlugins } from "./keys";
import { schema } from "./schema";
import type { Look } from "./Toolbar";
import { Toolbar, lookOf } from "./Toolbar";
import { KeptView, PictureView } from "./views";
import "./editor.css";

export interface EditorProps {
  readonly composer: Composer;
  /** The keyboard goes here when the letter appears. */
  readonly isFirst: boolean;
  readonly isToolbarShown: boolean;
  readonly onSend: () => void;
}

/** The text of a letter, with what formats it. */
export function Editor({ composer, isFirst, isToolbarShown, onSend }: EditorProps) {
  const { t } = useLingui();
  const place = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<EditorView | null>(null);
  const [look, setLook] = useState<Look | null>(null);
  const [isLinking, setLinking] = useState(false);
  const latest = useRef({ onSend });
  useEffect(() => { latest.current = { onSend }; });
  const words = useRef({
    show: t`Show quoted text`, hide: t`Hide quoted text`, edit: t`Edit`, remove: t`Remove`, quoted: t`Quoted message`, table: t`Table`,
    remotePicture: t`Picture from the internet`,
  });
  useEffect(() => {
    if (!place.current) return undefined;
    const needs = {
      words: words.current, picture: (cid: string) => composer.picture(cid),
      paper: () => (document.documentElement.dataset["theme"] === "dark" ? "dark" as const : "light" as const),
    };
    const made: EditorView = new EditorView(place.current, {
      state: EditorState.create({ doc: docOf(composer.letter.get().html), plugins: [...editorPlugins({ onLink: () => { setLinking(true); } })] }),
      attributes: { role: "textbox", "aria-multiline": "true", "aria-label": t`Text`, class: "letter", spellcheck: "true" },
      nodeViews: {
        image: (node) => new PictureView(node, needs),
        kept: (node, inView, getPos) => new KeptView(node, inView, getPos, needs),
      },
      dispatchTransaction: (transaction) => {
        made.updateState(made.state.apply(transaction));
        setLook(lookOf(made.state));
        if (transaction.docChanged) composer.touched();
      },
      handleDOMEvents: { keydown: (_, event) => event.key === "Escape" }, // it is the panel's
      handleKeyDown: (_, event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return false;
        latest.current.onSend();
        return true;
      },
      handlePaste: (inView, event) => pastePictures(inView, event, composer),
      handleDrop: (_, event) => (event.dataTransfer?.files.length ?? 0) > 0, // files are the panel's
    });
    composer.hold(() => ({ html: htmlOf(made.state.doc) }));
    made.dispatch(made.state.tr.setSelection(Selection.atStart(made.state.doc)));
    setView(made);
    return () => {
      composer.hold(null);
      made.destroy();
      setView(null);
    };
  }, [composer, t]);
  useEffect(() => { if (isFirst) view?.focus(); }, [isFirst, view]);
  return (
    <>
      <div className="min-h-0 grow overflow-y-auto" onClick={(event) => { if (event.target === event.currentTarget) view?.focus(); }}>
        <div ref={place} />
      </div>
      {isToolbarShown && view && look && <Toolbar view={view} look={look} onLink={() => { setLinking(true); }} onPicture={(file) => { insertPicture(view, file, composer); }} />}
      {isLinking && view && <LinkDialog view={view} onClose={() => { setLinking(false); }} />}
    </>
  );
}

/** Pictures of the clipboard go into the text; where it has words too, as from a spreadsheet, the words do. */
function pastePictures(view: EditorView, event: ClipboardEvent, composer: Composer): boolean {
  const files = [...(event.clipboardData?.files ?? [])];
  const html = event.clipboardData?.getData("text/html") ?? "";
  const hasWords = html.replace(/<[^>]*>|\s|&nbsp;/gu, "") !== "" || (event.clipboardData?.getData("text/plain") ?? "").trim() !== "";
  if (files.length === 0 || hasWords) return false;
  for (const file of files) {
    if (isPicture(file)) insertPicture(view, file, composer);
    else composer.addFiles([file]);
  }
  return true;
}

function isPicture({ type }: File): boolean {
  return /^image\/(?:png|jpe?g|gif|webp)$/u.test(type);
}

function insertPicture(view: EditorView, file: File, composer: Composer): void {
  if (!isPicture(file)) { composer.addFiles([file]); return; }
  const cid = composer.addPicture(file);
  const image: Block | undefined = cid ? schema.nodes["image"]?.create({ src: `cid:${cid}`, alt: file.name }) : undefined;
  if (image) view.dispatch(view.state.tr.replaceSelectionWith(image).scrollIntoView());
  view.focus();
}
