import { useLingui } from "@lingui/react/macro";
import { ImageOff } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "@/ui";

export interface HeldProps {
  readonly icon: ReactNode;
  readonly children: ReactNode;
  readonly deed: string;
  readonly onDeed: () => void;
}

/** A quiet line above a message: what was held back and why, and the button that brings it. */
export function Held({ icon, children, deed, onDeed }: HeldProps) {
  return (
    <div role="status" className="mx-4 mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-border bg-sunken px-3 py-1 text-list text-muted phone:mx-6">
      {icon}
      <span className="min-w-0 flex-[1_1_14rem]">{children}</span>
      <Button variant="ghost" onClick={onDeed} className="-mr-2 ml-auto text-accent">{deed}</Button>
    </div>
  );
}

/** Says that pictures from outside were not fetched, and fetches them when asked, for this message only. */
export function HeldPictures({ onShow }: { readonly onShow: () => void }) {
  const { t } = useLingui();
  return (
    <Held icon={<ImageOff size={16} aria-hidden className="shrink-0" />} deed={t`Show pictures`} onDeed={onShow}>
      {t`Pictures from the internet were not loaded; they would tell the sender that you are reading.`}
    </Held>
  );
}
