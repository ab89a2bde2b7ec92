import { Trans } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { CopyButton } from "./CopyButton";

export interface DetailsProps {
  readonly summary?: ReactNode;
  /** The technical text, copyable in one press. */
  readonly code: string;
}

/** Where technical codes live: folded away, in full, with a copy button. */
export function Details({ summary, code }: DetailsProps) {
  return (
    <details className="text-list">
      <summary className="inline-flex min-h-8 touch:min-h-11 items-center rounded-sm text-muted hover:text-ink">
        {summary ?? <Trans>Details</Trans>}
      </summary>
      <div className="mt-1 flex items-start justify-between gap-2 rounded-md border border-border bg-sunken py-1 pr-1 pl-3">
        <code className="py-1.5 font-mono text-fine break-all whitespace-pre-wrap">{code}</code>
        <CopyButton text={code} />
      </div>
    </details>
  );
}
