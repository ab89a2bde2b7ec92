import { useLingui } from "@lingui/react/macro";
import { SquarePen } from "lucide-react";
import { Button, IconButton, cx, toastFloor } from "@/ui";
import { useListView } from "../state/mail";

export interface WriteButtonProps {
  /** `wide`: with its words, above the folders. `icon`: in the list's head. `floating`: under the thumb on a phone. */
  readonly look: "wide" | "icon" | "floating";
}

/** Begins a new message, where one may be written. */
export function WriteButton({ look }: WriteButtonProps) {
  const { t } = useLingui();
  const { writing } = useListView();
  if (!writing.isPossible) return null;
  if (look === "icon") return <IconButton label={t`Write`} shortcut="c" icon={<SquarePen size={18} aria-hidden />} onClick={writing.write} />;
  return (
    <Button
      {...(look === "floating" ? { ref: toastFloor } : {})}
      variant="primary" icon={<SquarePen size={16} aria-hidden />} aria-keyshortcuts="c" onClick={writing.write}
      className={cx(look === "wide" ? "mt-2 w-full" : "absolute right-4 bottom-4 z-10 min-h-12 px-5 shadow-pop")}
    >
      {t`Write`}
    </Button>
  );
}
