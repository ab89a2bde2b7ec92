import { Trans } from "@lingui/react/macro";
import { Check } from "lucide-react";
import type { Saved } from "./useSaved";

/** The visible tick after a change, with the way back beside it. Keeps its place while empty. */
export function SavedMark({ saved }: { readonly saved: Saved }) {
  return (
    <span role="status" className="inline-flex min-h-5 items-center gap-1.5 text-list">
      {saved.status === "saved" && (
        <>
          <Check size={16} aria-hidden className="text-success" />
          <span className="text-success">
            <Trans>Saved</Trans>
          </span>
          {saved.undo && (
            <button
              type="button"
              onClick={saved.undo}
              onPointerEnter={() => saved.hold(true)}
              onPointerLeave={() => saved.hold(false)}
              onFocus={() => saved.hold(true)}
              onBlur={() => saved.hold(false)}
              className="ml-1 rounded-sm font-medium text-accent underline underline-offset-2 touch:min-h-11"
            >
              <Trans>Undo</Trans>
            </button>
          )}
        </>
      )}
      {saved.status === "saving" && (
        <span className="appear-late text-muted">
          <Trans>Saving …</Trans>
        </span>
      )}
    </span>
  );
}
