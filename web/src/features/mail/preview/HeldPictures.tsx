import { Trans, useLingui } from "@lingui/react/macro";
import { ImageOff } from "lucide-react";
import { Button } from "@/ui";

/** Says that pictures from outside were not fetched, and fetches them when asked, for this message only. */
export function HeldPictures({ onShow }: { readonly onShow: () => void }) {
  const { t } = useLingui();
  return (
    <div role="status" className="mx-4 mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md border border-border bg-sunken px-3 py-1 text-list text-muted phone:mx-6">
      <ImageOff size={16} aria-hidden className="shrink-0" />
      <span className="min-w-0 flex-[1_1_14rem]"><Trans>Pictures from the internet were not loaded; they would tell the sender that you are reading.</Trans></span>
      <Button variant="ghost" onClick={onShow} className="-mr-2 ml-auto text-accent">{t`Show pictures`}</Button>
    </div>
  );
}
