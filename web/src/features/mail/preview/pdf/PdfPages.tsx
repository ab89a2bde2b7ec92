import { plural } from "@lingui/core/macro";
import { useLingui } from "@lingui/react/macro";
import { ExternalLink, Minus, MoveHorizontal, Plus } from "lucide-react";
import type { KeyboardEvent, RefObject } from "react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useDates } from "@/i18n";
import { Banner, IconButton, SkeletonRows, buttonClass, cx, tip } from "@/ui";
import { MailError } from "../../MailError";
import { showsPdf } from "../files";
import type { Size } from "./limits";
import { fitting, zoomed } from "./limits";
import type { OpenPdf, PdfProblem } from "./opened";
import { PdfRefused } from "./opened";
import { usePdf } from "./usePdf";
import "./pages.css";

export interface PdfPagesProps {
  readonly url: string;
  /** Octets, as its message says. */
  readonly size: number;
}

/** A PDF page by page, each drawn when it comes on screen. */
export function PdfPages({ url, size }: PdfPagesProps) {
  const { t } = useLingui();
  const { pdf, error, address } = usePdf(url, size);
  if (pdf) return <Viewer pdf={pdf} address={address} />;
  if (error instanceof PdfRefused) return <Refusal problem={error.problem} address={address} />;
  if (error !== null) return <MailError error={error} />;
  return <><p className="appear-late pb-3 text-muted">{t`Being fetched …`}</p><SkeletonRows rows={3} /></>;
}

function Refusal({ problem, address }: { readonly problem: PdfProblem; readonly address: string | null }) {
  const { t } = useLingui();
  const hasTab = address !== null && showsPdf();
  const careful = t`You can download it. Please be careful if you do not know its sender.`;
  const words: Readonly<Record<PdfProblem, { readonly title: string; readonly text: string }>> = {
    locked: { title: t`This PDF is protected by a password.`, text: hasTab ? t`Please open it in a tab of its own, or download it and open it with a program that asks for the password.` : t`Please download it and open it with a program that asks for the password.` },
    damaged: { title: t`This PDF can't be shown.`, text: `${t`It is damaged, or no PDF at all.`} ${careful}` },
    slow: { title: t`This PDF takes too long to be shown.`, text: `${t`It may be very intricate, or made to be a burden.`} ${careful}` },
    large: { title: t`This PDF is too large to be shown here.`, text: t`Please download it.` },
  };
  return (
    <Banner tone="warning" title={words[problem].title} actions={problem === "locked" && hasTab && <a {...apart(address)} className={buttonClass("secondary")}>{t`Open in a tab of its own`}</a>}>
      <p>{words[problem].text}</p>
    </Banner>
  );
}

/** A tab that knows nothing of ours. */
function apart(address: string) {
  return { href: address, target: "_blank", rel: "noopener noreferrer" } as const;
}

/** Null: the pages fill the width. */
type Zoom = number | null;

function Viewer({ pdf, address }: { readonly pdf: OpenPdf; readonly address: string | null }) {
  const { t } = useLingui();
  const { style } = useDates();
  const [zoom, setZoom] = useState<Zoom>(null);
  const [page, setPage] = useState(1);
  const room = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const width = useWidth(room);
  const scale = zoom ?? (width === 0 ? 1 : fitting(pdf.first, width));
  const lead = (to: number): void => {
    const found = room.current?.querySelector(`[data-page="${String(Math.min(pdf.shown, Math.max(1, to)))}"]`);
    found?.scrollIntoView({ block: "start" });
  };
  const size = (by: 1 | -1): void => { setZoom(zoomed(scale, by)); };
  useZoomKeys(size, () => { setZoom(null); }, (by) => { lead(page + by); });
  const percent = new Intl.NumberFormat(style.locale, { style: "percent", maximumFractionDigits: 0 }).format(scale);
  return (
    <>
      <div ref={bar} role="toolbar" aria-label={t`View of the document`} className="sticky top-0 z-10 -mx-5 flex flex-wrap items-center justify-center gap-1 border-b border-border bg-surface px-5 pb-2">
        <PageField page={page} pages={pdf.pages} onGo={lead} />
        <span aria-hidden className="mx-2 h-5 w-px bg-border" />
        <IconButton label={t`Smaller`} shortcut="−" icon={<Minus size={16} aria-hidden />} onClick={() => { size(-1); }} />
        <span role="status" aria-label={t`Size ${percent}`} className="tabular min-w-12 text-center text-list text-muted">{percent}</span>
        <IconButton label={t`Larger`} shortcut="+" icon={<Plus size={16} aria-hidden />} onClick={() => { size(1); }} />
        <IconButton label={t`Fit the width`} shortcut="0" isPressed={zoom === null} icon={<MoveHorizontal size={16} aria-hidden />} onClick={() => { setZoom(null); }} />
        {address && showsPdf() && <a {...apart(address)} aria-label={t`Open in a tab of its own`} {...tip({ label: t`Open in a tab of its own` })} className={cx(buttonClass("ghost"), "px-2 text-muted")}><ExternalLink size={16} aria-hidden /></a>}
      </div>
      <div ref={room} className="-mx-5 -mb-5 flex min-h-40 flex-col gap-3 overflow-x-auto bg-sunken px-5 py-3">
        {Array.from({ length: pdf.shown }, (_, at) => <Page key={at} pdf={pdf} number={at + 1} scale={scale} bar={bar} onTop={setPage} />)}
        {pdf.shown < pdf.pages && <p className="text-center text-muted">{plural(pdf.shown, { one: "Only the first page is shown here.", other: "Only the first # pages are shown here." })}</p>}
      </div>
    </>
  );
}

/** The page that is on screen, and the way to another one. */
function PageField({ page, pages, onGo }: { readonly page: number; readonly pages: number; readonly onGo: (to: number) => void }) {
  const { t } = useLingui();
  const [typed, setTyped] = useState<string | null>(null);
  const go = (): void => {
    const to = Number(typed);
    setTyped(null);
    if (typed?.trim() && Number.isInteger(to)) onGo(to);
  };
  const onKey = (event: KeyboardEvent): void => { if (event.key === "Enter") go(); };
  return (
    <label className="flex items-center gap-1.5 text-list text-muted">
      <span aria-hidden>{t`Page`}</span>
      <input
        inputMode="numeric" aria-label={t`Page, of ${pages}`} value={typed ?? String(page)} maxLength={5} onFocus={({ target }) => { target.select(); }}
        onChange={({ target }) => { setTyped(target.value); }} onKeyDown={onKey} onBlur={go}
        className="tabular min-h-8 w-12 rounded-sm border border-border-strong bg-surface text-center text-ink touch:min-h-11 touch:text-[16px]"
      />
      <span aria-hidden className="tabular">/ {pages}</span>
    </label>
  );
}

interface PageProps {
  readonly pdf: OpenPdf;
  readonly number: number;
  readonly scale: number;
  /** What covers the top of the pages. */
  readonly bar: RefObject<HTMLDivElement | null>;
  /** It is the one that a person looks at. */
  readonly onTop: (page: number) => void;
}

type Drawn = "waiting" | "there" | PdfProblem;

function Page({ pdf, number, scale, bar, onTop }: PageProps) {
  const { t } = useLingui();
  const place = useRef<HTMLElement>(null);
  const [own, setOwn] = useState<Size | null>(null);
  const isNear = useNearScreen(place);
  useTop(place, bar, () => { onTop(number); });
  useEffect(() => {
    if (!isNear || own) return;
    pdf.size(number).then(setOwn, () => undefined); // drawing it says what is the matter
  }, [pdf, number, isNear, own]);
  const { width, height } = own ?? pdf.first;
  return (
    <section
      ref={place} data-page={number} aria-label={t`Page ${number}`} style={{ width: width * scale, height: height * scale }}
      className="relative mx-auto shrink-0 scroll-mt-12 overflow-hidden border border-border bg-[#fff] text-[#1a1d23]"
    >
      {isNear && own && <Picture key={scale} pdf={pdf} number={number} scale={scale} />}
    </section>
  );
}

function Picture({ pdf, number, scale }: Pick<PageProps, "pdf" | "number" | "scale">) {
  const { t } = useLingui();
  const canvas = useRef<HTMLCanvasElement>(null);
  const text = useRef<HTMLDivElement>(null);
  const [drawn, setDrawn] = useState<Drawn>("waiting");
  useEffect(() => {
    const [picture, words] = [canvas.current, text.current];
    if (!picture || !words) return undefined;
    let isShown = true;
    const drawing = pdf.draw(number, scale, picture, words);
    drawing.done.then(() => { if (isShown) setDrawn("there"); }, (error: unknown) => {
      drawing.stop();
      if (isShown) setDrawn(error instanceof PdfRefused ? error.problem : "damaged");
    });
    return () => {
      isShown = false;
      drawing.stop();
      picture.width = 0; // its pixels go at once
    };
  }, [pdf, number, scale]);
  return (
    <>
      <canvas ref={canvas} aria-hidden className="absolute inset-0 size-full" />
      <div ref={text} className="pdf-text" />
      {drawn !== "waiting" && drawn !== "there" && (
        <p role="status" className="absolute inset-x-0 top-0 p-4 text-center text-list">{drawn === "slow" ? t`This page takes too long to be drawn.` : t`This page can't be drawn.`}</p>
      )}
    </>
  );
}

/** The room that pages have. */
function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const node = element.current;
    if (!node) return undefined;
    const measure = (): void => {
      const { paddingLeft, paddingRight } = getComputedStyle(node);
      setWidth(Math.floor(node.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)) - 2); // the borders of a page
    };
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    measure();
    return () => { observer.disconnect(); };
  }, [element]);
  return width;
}

/** Whether it is on screen, whatever scrolls around it, or about as near as one more screen. */
function useNearScreen(element: RefObject<HTMLElement | null>): boolean {
  const [isNear, setNear] = useState(false);
  useEffect(() => {
    const node = element.current;
    const root = node?.closest("[data-scroller]") ?? null;
    if (!node) return undefined;
    const watcher = new IntersectionObserver((seen) => { setNear(seen.at(-1)?.isIntersecting ?? false); }, { root, rootMargin: "100% 0px" });
    watcher.observe(node);
    return () => { watcher.disconnect(); };
  }, [element]);
  return isNear;
}

/** Told when the page lies in the upper part of what is seen. */
function useTop(element: RefObject<HTMLElement | null>, bar: RefObject<HTMLElement | null>, tell: () => void): void {
  const latest = useRef(tell);
  useEffect(() => { latest.current = tell; });
  useEffect(() => {
    const node = element.current;
    if (!node) return undefined;
    const root = node.closest("[data-scroller]");
    const covered = bar.current?.offsetHeight ?? 0;
    const watcher = new IntersectionObserver((seen) => { if (seen.at(-1)?.isIntersecting) latest.current(); }, { root, rootMargin: `-${String(covered + 40)}px 0px -70% 0px` });
    watcher.observe(node);
    return () => { watcher.disconnect(); };
  }, [element, bar]);
}

/** Plus, minus and 0 anywhere in the dialog but where somebody types; n and p lead from page to page. */
function useZoomKeys(size: (by: 1 | -1) => void, fit: () => void, step: (by: 1 | -1) => void): void {
  const latest = useRef({ size, fit, step });
  useEffect(() => { latest.current = { size, fit, step }; });
  useEffect(() => {
    const deeds: Readonly<Record<string, () => void>> = {
      "+": () => { latest.current.size(1); }, "=": () => { latest.current.size(1); }, "-": () => { latest.current.size(-1); }, "−": () => { latest.current.size(-1); },
      "0": () => { latest.current.fit(); }, n: () => { latest.current.step(1); }, p: () => { latest.current.step(-1); },
    };
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const deed = deeds[event.key];
      if (!deed || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return;
      event.preventDefault();
      deed();
    };
    window.addEventListener("keydown", onKey);
    return () => { window.removeEventListener("keydown", onKey); };
  }, []);
}
