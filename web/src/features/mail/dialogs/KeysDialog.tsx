import { useLingui } from "@lingui/react/macro";
import { Dialog } from "@/ui";
import { useListView } from "../state/mail";
import { usePrefs } from "../state/prefs";

interface Group {
  readonly title: string;
  /** Keys and what they do; two blanks stand between alternatives, one between keys that belong together. */
  readonly keys: readonly (readonly [keys: string, deed: string])[];
}

/** Every key of the mail page that does something here: who can only read is shown no others. */
export function KeysDialog() {
  const { t } = useLingui();
  const { mayWrite, writing, setDialog } = useListView();
  const { isThreaded } = usePrefs();
  const groups: readonly Group[] = [
    { title: t`Through the list`, keys: [["j  ↓", isThreaded ? t`Next conversation` : t`Next message`], ["k  ↑", isThreaded ? t`Previous conversation` : t`Previous message`], ["o  ⏎", t`Open`], ["u", t`Back to the list`], ["/", t`Search`], ["Esc", mayWrite ? t`Deselect, close` : t`Close`], [`${t`Home`}  ${t`End`}`, t`To the beginning or end`], [`${t`PgUp`}  ${t`PgDn`}`, t`Turn the page`]] },
    ...(isThreaded ? [
      { title: t`In a conversation`, keys: [["n", t`Next message`], ["p", t`Previous message`], ["o  ⏎", t`Expand or collapse`], [";", t`Expand all`], [":", t`Collapse all`]] },
    ] satisfies Group[] : []),
    ...(mayWrite ? [
      { title: t`Select`, keys: [["x", t`Select or deselect`], ["⇧ j", t`Extend downwards`], ["⇧ k", t`Extend upwards`], [t`Ctrl a`, t`Select all`]] },
      { title: t`Messages`, keys: [[`#  ${t`Del`}`, t`Delete`], ["e", t`Archive`], ["!", t`Junk`], ["s", t`Flag`], ["v  m", t`Move`], ["⇧ u", t`Mark as unread`], ["⇧ i", t`Mark as read`], [`z  ${t`Ctrl z`}`, t`Undo`]] },
    ] satisfies Group[] : []),
    ...(writing.isPossible ? [
      { title: t`Write`, keys: [["c", t`New message`], ["r", t`Reply`], ["a", t`Reply all`], ["f", t`Forward`], [t`Ctrl ⏎`, t`Send`]] },
    ] satisfies Group[] : []),
    { title: t`Go to`, keys: [["g i", t`Inbox`], ["g s", t`Sent`], ["g d", t`Drafts`], ["g a", t`Archive folder`], ["g t", t`Trash`]] },
  ];
  return (
    <Dialog isOpen onClose={() => { setDialog(null); }} title={t`Keyboard shortcuts`} width="wide">
      <div className="gap-x-8 phone:columns-2">
        {groups.map(({ title, keys }) => (
          <section key={title} className="mb-4 break-inside-avoid">
            <h3 className="text-list font-medium text-muted">{title}</h3>
            <dl className="mt-1">
              {keys.map(([key, what]) => (
                <div key={key} className="flex items-center justify-between gap-4 border-b border-border py-1.5 last:border-b-0">
                  <dt>{what}</dt>
                  <dd className="flex gap-3">{key.split("  ").map((each) => <Chord key={each} keys={each} />)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}

function Chord({ keys }: { readonly keys: string }) {
  return (
    <span className="flex gap-1">
      {keys.split(" ").map((each) => <kbd key={each} className="rounded-sm border border-border bg-sunken px-1.5 font-sans text-fine leading-5">{each}</kbd>)}
    </span>
  );
}
