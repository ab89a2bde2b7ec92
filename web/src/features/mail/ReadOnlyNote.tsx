import { Trans } from "@lingui/react/macro";
import { Eye } from "lucide-react";

/** The answer to keys that would change something where this person can only read. It takes no room and goes by itself. */
export function ReadOnlyNote({ isShown }: { readonly isShown: boolean }) {
  return (
    <div role="status" className="pointer-events-none fixed inset-x-4 bottom-[calc(16px+var(--phone-bar,0px))] z-30 flex justify-center">
      {isShown && (
        <p className="appear flex min-h-10 items-center gap-2 rounded-md border border-border bg-surface px-4 text-list shadow-pop">
          <Eye size={16} aria-hidden className="shrink-0 text-muted" />
          <span><Trans>You can only read in this mailbox, so nothing was changed.</Trans></span>
        </p>
      )}
    </div>
  );
}
