/** How pictures and kept blocks show while a letter is written. */
import type { Mark, Node as Block } from "prosemirror-model";
import type { EditorView, NodeView } from "prosemirror-view";
import { SANDBOX, frameDocument } from "../../html/frame";
import { safeHtml } from "../../html/safe";
import { shownPictures } from "../quote";
import { shownColour, shownHighlight } from "./colours";
import { docOf } from "./mailHtml";
import type { KeptKind } from "./schema";

/** What the blocks say, in the language of the page, and where pictures are. */
export interface ViewNeeds {
  readonly words: {
    readonly show: string; readonly hide: string; readonly edit: string; readonly remove: string; readonly quoted: string;
    readonly table: string; readonly remotePicture: string;
  };
  readonly picture: (cid: string) => Promise<string | null>;
  readonly paper: () => "light" | "dark";
}

/** A picture of the letter by its content id; one from the internet is named, not fetched. */
export class PictureView implements NodeView {
  readonly dom: HTMLElement;

  constructor({ attrs }: Block, { words, picture }: ViewNeeds) {
    const src = String(attrs["src"]);
    if (!/^cid:/iu.test(src)) {
      this.dom = document.createElement("span");
      this.dom.className = "picture-held";
      this.dom.textContent = String(attrs["alt"]) || words.remotePicture;
      return;
    }
    const image = document.createElement("img");
    this.dom = image;
    image.alt = String(attrs["alt"]);
    for (const side of ["width", "height"] as const) if (typeof attrs[side] === "number") image[side] = attrs[side];
    void picture(src.slice(4)).then((url) => { if (url) image.src = url; });
  }
}

/** A quote, a forwarded message or a table: in a frame that runs and fetches nothing; a long quote is folded. */
export class KeptView implements NodeView {
  readonly dom = document.createElement("div");
  readonly #node: Block;
  readonly #needs: ViewNeeds;
  readonly #view: EditorView;
  readonly #getPos: () => number | undefined;
  readonly #toggle: HTMLButtonElement | null;
  #frame: HTMLIFrameElement | null = null;

  constructor(node: Block, view: EditorView, getPos: () => number | undefined, needs: ViewNeeds) {
    this.#node = node;
    this.#view = view;
    this.#getPos = getPos;
    this.#needs = needs;
    const kind = node.attrs["kind"] as KeptKind;
    this.dom.className = "kept";
    this.dom.contentEditable = "false";
    this.#toggle = kind === "table" ? null : this.#button("", () => { if (this.#frame) this.#fold(); else this.#unfold(); });
    const bar = document.createElement("div");
    bar.className = "kept-bar";
    if (this.#toggle) bar.append(this.#toggle);
    if (kind !== "table") bar.append(this.#button(needs.words.edit, () => { this.#unwrap(); }));
    bar.append(this.#button(needs.words.remove, () => { this.#remove(); }));
    this.dom.append(bar);
    if (kind === "quote") this.#fold();
    else this.#unfold();
  }

  #button(label: string, deed: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", deed);
    return button;
  }

  #fold(): void {
    this.#frame?.remove();
    this.#frame = null;
    this.#say(this.#needs.words.show, false);
  }

  #say(label: string, isOpen: boolean): void {
    if (!this.#toggle) return;
    this.#toggle.textContent = label;
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
  }

  #unfold(): void {
    this.#say(this.#needs.words.hide, true);
    const frame = document.createElement("iframe");
    this.#frame = frame;
    frame.setAttribute("sandbox", SANDBOX);
    frame.title = this.#node.attrs["kind"] === "table" ? this.#needs.words.table : this.#needs.words.quoted;
    frame.referrerPolicy = "no-referrer";
    frame.addEventListener("load", () => { fit(frame); });
    this.dom.append(frame);
    void this.#fill(frame);
  }

  async #fill(frame: HTMLIFrameElement): Promise<void> {
    const html = String(this.#node.attrs["html"]);
    const pictures = new Map(await Promise.all([...shownPictures(html)].map(async (cid) => [cid, await this.#needs.picture(cid)] as const)));
    const mail = safeHtml(html, { outside: "held", cidUrl: (cid) => pictures.get(cid) ?? null });
    const theme = this.#needs.paper();
    const paper = mail.isPlain ? theme : "light";
    frame.style.colorScheme = paper;
    frame.srcdoc = frameDocument(mail, { marginPx: 12, paper });
  }

  /** Into the editor, so that it can be written in. */
  #unwrap(): void {
    const at = this.#getPos();
    if (at === undefined) return;
    this.#view.dispatch(this.#view.state.tr.replaceWith(at, at + this.#node.nodeSize, docOf(String(this.#node.attrs["html"])).content));
    this.#view.focus();
  }

  #remove(): void {
    const at = this.#getPos();
    if (at === undefined) return;
    this.#view.dispatch(this.#view.state.tr.delete(at, at + this.#node.nodeSize));
    this.#view.focus();
  }

  stopEvent(event: Event): boolean {
    return event.target instanceof HTMLButtonElement;
  }

  ignoreMutation(): boolean {
    return true;
  }
}

const MOST_PX = 20_000;

function fit(frame: HTMLIFrameElement): void {
  const body = frame.contentDocument?.body;
  if (!body) return;
  const measure = (): void => { frame.style.height = `${String(Math.min(MOST_PX, Math.ceil(body.getBoundingClientRect().height) + 4))}px`; };
  measure();
  new ResizeObserver(measure).observe(body);
}

/** A colour as it can be read on this page, dark or light. */
export function colourView({ attrs }: Mark): { readonly dom: HTMLElement } {
  const dom = document.createElement("span");
  dom.style.color = shownColour(String(attrs["colour"]));
  return { dom };
}

export function highlightView({ attrs }: Mark): { readonly dom: HTMLElement } {
  const dom = document.createElement("span");
  dom.style.backgroundColor = shownHighlight(String(attrs["colour"]));
  return { dom };
}
