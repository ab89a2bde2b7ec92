import { useLingui } from "@lingui/react/macro";
import { Dialog } from "@/ui";
import { actionWord, groupWord, isGroupTold } from "../state/actionWords";
import type { Action, ActionGroup, ActionId } from "../state/actions";
import { actions } from "../state/actions";
import { useMail } from "../state/mail";
import { keyParts } from "../text/keys";

const GROUPS: readonly ActionGroup[] = ["list", "thread", "select", "messages", "write", "go", "folder", "view"];
/** One after another they would fill the page. */
const SHORT: Readonly<Partial<Record<ActionId, readonly string[]>>> = { goFavourite: ["g 1", "g 9"] };

/** Every key of the mail page that does something here: who can only read is shown no others. */
export function KeysDialog() {
  const { t } = useLingui();
  const view = useMail();
  const told = GROUPS.filter((group) => isGroupTold(group, view)).map((group) => ({
    group, all: actions.filter(([, action]) => action.group === group && action.keys.length > 0),
  }));
  return (
    <Dialog isOpen onClose={() => { view.setDialog(null); }} title={t`Keyboard shortcuts`} width="wide">
      <div className="gap-x-8 phone:columns-2">
        {told.filter(({ all }) => all.length > 0).map(({ group, all }) => (
          <section key={group} className="mb-4 break-inside-avoid">
            <h3 className="text-list font-medium text-muted">{groupWord(group)}</h3>
            <dl className="mt-1">
              {all.map(([id, action]) => <Line key={id} id={id} action={action} />)}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Line({ id, action }: { readonly id: ActionId; readonly action: Action }) {
  const view = useMail();
  return (
    <div className="flex items-center justify-between gap-4 border-b border-border py-1.5 last:border-b-0">
      <dt>{actionWord(id, view)}</dt>
      <dd className="flex gap-3">{(SHORT[id] ?? action.keys).map((key) => <Chord key={key} keys={keyParts(key)} />)}</dd>
    </div>
  );
}

/** Keys pressed together or one after the other. */
export function Chord({ keys }: { readonly keys: readonly string[] }) {
  return (
    <span className="flex gap-1">
      {keys.map((each) => <kbd key={each} className="rounded-sm border border-border bg-sunken px-1.5 font-sans text-fine leading-5">{each}</kbd>)}
    </span>
  );
}
