import { useEffect, useRef, useState } from "react";
import { useLingui } from "@lingui/react/macro";
import type { BlobId } from "@/jmap";
import { cx } from "@/ui";
import { SANDBOX, frameDocument } from "../html/frame";
import type { SafeHtml } from "../html/safe";
import { markWords } from "../search/useMarks";
import { useTheme } from "../state/hooks";
import { useLetterLinks } from "./letterLinks";
import { useOutsidePictures } from "./useOutsidePictures";

export interface HtmlBodyProps {
  readonly mail: SafeHtml;
  /** The message, or the file that it is. */
  readonly blob: BlobId;
  readonly title: string;
  /** The space at both sides of the text. */
  readonly marginPx: number;
  /** What a search looked for, to be marked. */
  readonly words: readonly string[];
}

const LEAST_PX = 60;
/** What is higher scrolls inside its frame. */
const MOST_PX = 60_000;
const SMALLEST_ZOOM = 0.4;
const WHITE = "rgb(255, 255, 255)";

/**
 * The mail's HTML in its own frame, as high as its content. Mail wider than the
 * pane is made smaller; below a readable size it scrolls inside the frame. In the
 * dark, mail with colours of its own lies there as a sheet of white paper.
 */
export function HtmlBody({ mail, blob, title, marginPx, words }: HtmlBodyProps) {
  const { t } = useLingui();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(LEAST_PX);
  const [target, setTarget] = useState<string | null>(null);
  const [ground, setGround] = useState(WHITE);
  const theme = useTheme();
  const paper = mail.isPlain ? theme : "light";
  const isSheet = paper !== theme;
  const looked = words.join("\n");
  const follow = useLetterLinks();
  useOutsidePictures(frame, blob, mail.outside);
  const latest = useRef(follow);
  useEffect(() => { latest.current = follow; });
  const document = frameDocument(mail, { marginPx: isSheet ? 16 : marginPx, paper });

  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let stop: () => void = () => undefined;
    let unmark: () => void = () => undefined;
    const begin = (): void => {
      stop();
      unmark();
      stop = watchFrame(element, { onHeight: setHeight, onTarget: setTarget, onPress: (event) => { latest.current(event); } });
      if (element.contentDocument?.body) unmark = markWords(element.contentDocument.body, looked.split("\n"));
      setGround(groundOf(element));
    };
    element.addEventListener("load", begin);
    if (element.contentDocument?.readyState === "complete") begin();
    return () => {
      element.removeEventListener("load", begin);
      stop();
      unmark();
    };
  }, [document, looked]);

  return (
    <div
      className={cx("relative shrink-0", isSheet && "mx-4 mb-4 grow overflow-hidden rounded-md border border-border phone:mx-6 phone:mb-6")}
      style={isSheet ? { backgroundColor: ground } : undefined}
    >
      <iframe
        ref={frame} title={t`Message: ${title}`} sandbox={SANDBOX} srcDoc={document} referrerPolicy="no-referrer"
        className="block w-full border-0" style={{ height: `${String(height)}px`, colorScheme: paper }}
      />
      {target && (
        <p aria-hidden className="pointer-events-none sticky bottom-0 z-10 max-w-full truncate border-t border-r border-border bg-sunken px-2 py-0.5 text-fine text-muted">
          {target}
        </p>
      )}
    </div>
  );
}

/** The colour the mail's own body lies on: the rest of the sheet takes it on. */
function groundOf(frame: HTMLIFrameElement): string {
  const body = frame.contentDocument?.body;
  const colour = body ? getComputedStyle(body).backgroundColor : "";
  return /^rgb\(/.test(colour) ? colour : WHITE;
}

interface FrameEvents {
  readonly onHeight: (px: number) => void;
  readonly onTarget: (url: string | null) => void;
  readonly onPress: (event: Event) => void;
}

/** With Ctrl or Cmd: the palette, and printing. */
const OF_THE_PAGE = /^[kp]$/i;

/** Follow the frame's height, the link under the pointer and what is pressed; hand keys on to the page. */
export function watchFrame(frame: HTMLIFrameElement, { onHeight, onTarget, onPress }: FrameEvents): () => void {
  const inside = frame.contentDocument;
  const body = inside?.body;
  if (!inside || !body) return () => undefined;
  const fit = (): void => {
    body.style.zoom = "";
    const room = frame.clientWidth;
    const zoom = body.scrollWidth > room + 1 && room > 0 ? Math.max(SMALLEST_ZOOM, room / body.scrollWidth) : 1;
    if (zoom < 1) body.style.zoom = String(zoom);
    const scrollbar = inside.documentElement.scrollWidth > room + 1 ? 16 : 0;
    const height = Math.ceil(body.getBoundingClientRect().height) + scrollbar;
    inside.documentElement.toggleAttribute("data-too-high", height > MOST_PX);
    onHeight(Math.min(MOST_PX, Math.max(LEAST_PX, height)));
  };
  const sizes = new ResizeObserver(fit);
  sizes.observe(frame);
  sizes.observe(body);
  const onOver = (event: Event): void => {
    const link = (event.target as Element | null)?.closest("a[href]");
    onTarget(link?.getAttribute("href") ?? null);
  };
  const onKey = (event: KeyboardEvent): void => {
    if ((event.key === "Enter" || event.key === " ") && (event.target as Element | null)?.closest?.("summary,a")) return; // theirs
    const isTheirs = (event.ctrlKey || event.metaKey) && !OF_THE_PAGE.test(event.key); // such as to copy what is selected
    const copy = new KeyboardEvent("keydown", event);
    if (!isTheirs && !frame.ownerDocument.dispatchEvent(copy)) event.preventDefault();
  };
  inside.addEventListener("mouseover", onOver);
  inside.addEventListener("focusin", onOver);
  inside.documentElement.addEventListener("mouseleave", () => { onTarget(null); });
  inside.addEventListener("keydown", onKey);
  inside.addEventListener("click", onPress);
  inside.addEventListener("toggle", fit, true); // quotes that are unfolded
  inside.addEventListener("load", fit, true); // pictures that arrive late
  fit();
  return () => { sizes.disconnect(); };
}
