import type { Piece } from "@/store";

/** A text with what was found marked in it. */
export function Marked({ pieces }: { readonly pieces: readonly Piece[] }) {
  return pieces.map(({ text, isHit }, at) => (isHit ? <mark key={at} className="rounded-sm bg-warning-surface px-px text-ink">{text}</mark> : <span key={at}>{text}</span>));
}
