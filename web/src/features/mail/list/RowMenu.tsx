import { useLingui } from "@lingui/react/macro";
import { MenuAt } from "@/ui";
import type { ActionId } from "../state/actions";
import type { ListView } from "../state/mail";
import { viewOn } from "../state/onRows";
import { ActionItems } from "./ActionItems";
import type { RowMenuPlace } from "./rowMenu";

const GROUPS: readonly (readonly ActionId[])[] = [
  ["open", "reply", "replyAll", "forward"], ["archive", "remove", "move", "junk"], ["markRead", "markUnread", "flag", "categorise"], ["print", "original", "download"],
];

/** What can be done with a row of the list, or with those that are ticked. */
export function RowMenu({ view, place: { rows, x, y }, onEnd }: { readonly view: ListView; readonly place: RowMenuPlace; readonly onEnd: () => void }) {
  const { t } = useLingui();
  return (
    <MenuAt x={x} y={y} label={t`Actions for messages`} onEnd={onEnd}>
      <ActionItems view={viewOn(view, rows)} groups={GROUPS} />
    </MenuAt>
  );
}
