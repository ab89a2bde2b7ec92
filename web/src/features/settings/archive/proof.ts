import type { ArchiveFault, ArchivePortion } from "@/api";

/** What the portions of a proof have come to so far. */
export interface Proof {
  readonly at: number;
  readonly length: number;
  readonly seen: number;
  readonly removed: number;
  readonly broken: readonly ArchiveFault[];
  readonly isEnd: boolean;
}

const NOTHING: Proof = { at: 0, length: 0, seen: 0, removed: 0, broken: [], isEnd: false };

/** Portion after portion to the end, each added to what was seen before; `show` is told after each. */
export async function prove(ask: (after: number) => Promise<ArchivePortion>, show: (proof: Proof) => void): Promise<void> {
  let proof = NOTHING;
  show(proof);
  while (!proof.isEnd) {
    const next = await ask(proof.at);
    proof = {
      at: next.at,
      length: next.length,
      seen: proof.seen + next.seen,
      removed: next.removed,
      broken: [...proof.broken, ...next.broken],
      isEnd: next.is_end,
    };
    show(proof);
  }
}
