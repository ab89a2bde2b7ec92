import { useLingui } from "@lingui/react/macro";
import { useMemo, useRef, useState } from "react";
import { useMarks } from "../search/useMarks";
import { useMail } from "../state/mail";
import type { TextBlock } from "../text/plain";
import { pieces, textBlocks } from "../text/plain";
import { Gradual } from "./Gradual";
import { useLetterLinks } from "./letterLinks";

const FOLDED_FROM_LINES = 4;
const NO_WORDS: readonly string[] = [];

/** Plain text: links can be followed, long quotes are folded. Marks piled upon a letter reach over nothing that stands above it. */
export function TextBody({ text, isForward }: { readonly text: string; readonly isForward: boolean }) {
  const blocks = useMemo(() => textBlocks(text, isForward), [text, isForward]);
  const hasOwn = useMemo(() => blocks.some(({ kind, lines }) => kind === "text" && lines.some((line) => line.trim() !== "")), [blocks]);
  const root = useRef<HTMLDivElement>(null);
  const follow = useLetterLinks();
  useMarks(root, useMail().search?.words ?? NO_WORDS);
  return (
    <div ref={root} dir="auto" onClick={follow} className="max-w-[76ch] overflow-clip px-4 pt-2 pb-6 text-reading break-words phone:px-6">
      <Gradual items={blocks} weightOf={blockWeight} draw={hasOwn ? drawFolded : drawOpen} />
    </div>
  );
}

/** A folded quote weighs little; the lines of an opened one come gradually themselves. */
function blockWeight({ kind, lines }: TextBlock): number {
  return kind === "quote" ? 200 : lines.reduce((sum, line) => sum + lineWeight(line), 0);
}

function drawFolded(block: TextBlock) {
  return block.kind === "quote" ? <Quote block={block} isFolded={block.lines.length >= FOLDED_FROM_LINES} /> : <Lines lines={block.lines} />;
}

/** A message that says nothing but what it quotes. */
function drawOpen(block: TextBlock) {
  return block.kind === "quote" ? <Quote block={block} isFolded={false} /> : <Lines lines={block.lines} />;
}

/** An empty line costs a drawing too. */
function lineWeight(line: string): number {
  return line.length + 20;
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return <div className="whitespace-pre-wrap"><Gradual items={lines} weightOf={lineWeight} draw={drawLine} /></div>;
}

function drawLine(line: string) {
  return (
    <div dir="auto" className="min-h-6">
      {pieces(line).map((piece, i) =>
        "href" in piece
          ? <a key={i} href={piece.href} title={piece.href} target="_blank" rel="noopener noreferrer nofollow" className="text-accent underline underline-offset-2">{piece.text}</a>
          : piece.text)}
    </div>
  );
}

function Quote({ block, isFolded }: { readonly block: TextBlock; readonly isFolded: boolean }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(!isFolded);
  const lines = useMemo(() => block.lines.map((line) => line.replace(/^> ?/u, "")), [block]);
  return (
    <>
      {isFolded && (
        <button
          type="button" aria-label={t`Quoted text`} title={t`Quoted text`} aria-expanded={isOpen} onClick={() => { setOpen(!isOpen); }}
          className="my-1.5 block min-h-6 min-w-9 touch:min-h-9 touch:px-3.5 rounded-md border border-border px-2 text-fine leading-5 font-semibold tracking-wider text-muted hover:bg-hover hover:text-ink"
        >
          •••
        </button>
      )}
      {isOpen && <blockquote className="my-1 border-l-2 border-border pl-3 text-muted"><Lines lines={lines} /></blockquote>}
    </>
  );
}
