import { useLingui } from "@lingui/react/macro";
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "./Button";
import { IconButton } from "./IconButton";

export interface CopyButtonProps {
  /** Or what tells it when the button is pressed. */
  readonly text: string | (() => string);
  /** With words it is a normal button; without, an icon. */
  readonly label?: string;
  readonly variant?: "primary" | "secondary";
}

/** Copies a text and says so for two seconds; says so too when the browser refuses. */
export function CopyButton({ text, label, variant = "secondary" }: CopyButtonProps) {
  const { t } = useLingui();
  const [said, setSaid] = useState<"copied" | "refused" | null>(null);

  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), 2000);
    return () => clearTimeout(timer);
  }, [said]);

  const write = async () => navigator.clipboard.writeText(typeof text === "string" ? text : text()); // there is none over plain http
  const copy = () =>
    write().then(
      () => setSaid("copied"),
      () => setSaid("refused"),
    );

  const icon = said === "copied" ? <Check size={16} aria-hidden /> : <Copy size={16} aria-hidden />;
  const words = said === "copied" ? t`Copied` : said === "refused" ? t`Please copy by hand` : (label ?? t`Copy`);
  return (
    <>
      {label ? (
        <Button variant={variant} icon={icon} onClick={() => void copy()}>
          {words}
        </Button>
      ) : (
        <IconButton label={words} icon={icon} onClick={() => void copy()} />
      )}
      <span role="status" className="sr-only">
        {said && words}
      </span>
    </>
  );
}
