import { Trans } from "@lingui/react/macro";
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { ApiError } from "@/api";
import { type Deed, ErrorNote, explain } from "@/session";
import { Button, Dialog } from "@/ui";

export interface FormDialogProps {
  readonly title: ReactNode;
  readonly button: ReactNode;
  readonly variant?: "primary" | "danger";
  /** Whether it can be sent as it is. */
  readonly isReady?: boolean;
  readonly deed: Deed;
  readonly onClose: () => void;
  readonly onSubmit: () => void;
  readonly children: ReactNode;
}

/** A dialog that is a form: Enter sends it, the button names the deed. Errors of a field stand at the field. */
export function FormDialog({ title, button, variant = "primary", isReady = true, deed, onClose, onSubmit, children }: FormDialogProps) {
  const formId = useId();
  const form = useRef<HTMLFormElement>(null);
  const [sent, setSent] = useState(0);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    onSubmit();
    setSent((count) => count + 1);
  };
  useEffect(() => {
    if (sent > 0) showRefused(form.current);
  }, [sent, deed.error]);
  const isAtField = deed.error instanceof ApiError && deed.error.field !== null;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" form={formId} variant={variant} disabled={!isReady} isBusy={deed.isBusy}>
            {button}
          </Button>
        </>
      }
    >
      <form id={formId} ref={form} onSubmit={submit} className="flex flex-col gap-4">
        {deed.error !== null && !isAtField && <ErrorNote error={deed.error} />}
        {children}
      </form>
    </Dialog>
  );
}

/** What is wrong may stand far below what is in view, on a phone above all. */
function showRefused(form: HTMLFormElement | null): void {
  const refused = form?.querySelector<HTMLElement>("[aria-invalid=true], [role=alert]");
  refused?.focus({ preventScroll: true });
  refused?.scrollIntoView({ block: "center" });
}

/** What was refused about this field, with the remedy. */
export function errorAt(deed: Pick<Deed, "error">, field: string): string | undefined {
  if (!(deed.error instanceof ApiError) || deed.error.field !== field) return undefined;
  const { title, remedy } = explain(deed.error);
  return `${title} ${remedy}`;
}
