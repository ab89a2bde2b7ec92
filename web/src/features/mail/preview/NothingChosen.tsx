import { Trans, useLingui } from "@lingui/react/macro";
import { MailOpen } from "lucide-react";
import type { RowList } from "@/store";
import { EmptyState } from "@/ui";
import { useMedia, useRows } from "../state/hooks";

/** An empty folder has said so in the list already; else how to go on. */
export function NothingChosen({ list }: { readonly list: RowList }) {
  const { t } = useLingui();
  const isTouch = useMedia("(pointer: coarse)");
  if (useRows(list).length === 0) return null;
  return (
    <div className="hidden h-full items-center justify-center phone:flex">
      <EmptyState icon={<MailOpen size={24} aria-hidden />} title={t`No message selected`}>
        {isTouch
          ? <Trans>Select one from the list.</Trans>
          : <Trans>Select one from the list, or press j for the next and k for the previous message. Press ? to see all shortcuts.</Trans>}
      </EmptyState>
    </div>
  );
}
