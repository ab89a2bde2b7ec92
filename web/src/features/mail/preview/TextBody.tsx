import { useLingui } from "@lingui/react/macro";
import { useMemo, useState } from "react";
import { Button } from "@/ui";
import type { TextBlock } from "../text/plain";
import { pieces, textBlocks } from "../text/plain";

const FOLDED_FROM_LINES = 4;

/** Plain text: links can be followed, long quotes are folded. */
export function TextBody({ text }: { readonly text: string }) {
  const blocks = useMemo(() => textBlocks(text), [text]);
  return (
    <div dir="auto" className="max-w-[76ch] px-4 pt-2 pb-6 text-reading break-words phone:px-6">
      {blocks.map((block, i) =>
        block.kind === "quote" ? <Quote key={i} block={block} /> : <Lines key={i} lines={block.lines} />)}
    </div>
  );
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <div className="whitespace-pre-wrap">
      {lines.map((line, i) => (
        <div key={i} dir="auto" className="min-h-6">
          {pieces(line).map((piece, j) =>
            "href" in piece
              ? <a key={j} href={piece.href} title={piece.href} target="_blank" rel="noopener noreferrer nofollow" className="text-accent underline underline-offset-2">{piece.text}</a>
              : piece.text)}
        </div>
      ))}
    </div>
  );
}

function Quote({ block }: { readonly block: TextBlock }) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(block.lines.length < FOLDED_FROM_LINES);
  if (!isOpen) {
    return <Button variant="ghost" className="my-1 -ml-3 text-muted" onClick={() => { setOpen(true); }}>{t`Show quoted text`}</Button>;
  }
  return (
    <blockquote className="my-1 border-l-2 border-border pl-3 text-muted">
      <Lines lines={block.lines.map((line) => line.replace(/^> ?/u, ""))} />
    </blockquote>
  );
}
