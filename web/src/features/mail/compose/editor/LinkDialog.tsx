import { useLingui } from "@lingui/react/macro";
import type { EditorView } from "prosemirror-view";
import type { FormEvent } from "react";
import { useId, useState } from "react";
import { addressProblem } from "@/lib/address";
import { Button, Dialog, TextField } from "@/ui";
import { schema } from "./schema";

/** Where the selected words lead; without a selection, the address itself is written. */
export function LinkDialog({ view, onClose }: { readonly view: EditorView; readonly onClose: () => void }) {
  const { t } = useLingui();
  const formId = useId();
  const link = schema.marks["link"];
  const { from, to, $from, empty } = view.state.selection;
  const before = link ? (link.isInSet($from.marks()) ?? link.isInSet($from.nodeAfter?.marks ?? [])) : undefined;
  const [address, setAddress] = useState(String(before?.attrs["href"] ?? ""));
  const [isWrong, setWrong] = useState(false);
  const close = (): void => {
    onClose();
    requestAnimationFrame(() => { view.focus(); });
  };
  const put = (event: FormEvent): void => {
    event.preventDefault();
    const href = completed(address);
    if (!href || !link) { setWrong(true); return; }
    const mark = link.create({ href });
    const { tr } = view.state;
    view.dispatch(empty ? tr.replaceSelectionWith(schema.text(address.trim(), [mark]), false) : tr.removeMark(from, to, link).addMark(from, to, mark));
    close();
  };
  const remove = (): void => {
    const [start, end] = empty ? linkRange(view) : [from, to];
    if (link) view.dispatch(view.state.tr.removeMark(start, end, link));
    close();
  };
  return (
    <Dialog
      isOpen onClose={close} title={t`Link`}
      actions={<>{before && <Button onClick={remove}>{t`Remove link`}</Button>}<Button onClick={close}>{t`Cancel`}</Button><Button variant="primary" type="submit" form={formId}>{t`Set link`}</Button></>}
    >
      <form id={formId} onSubmit={put} noValidate>
        <TextField
          label={t`Address`} value={address} autoComplete="off" inputMode="url" onChange={(event) => { setAddress(event.target.value); setWrong(false); }}
          error={isWrong ? t`This is no web or e-mail address, such as www.example.org.` : undefined}
        />
      </form>
    </Dialog>
  );
}

function completed(text: string): string | null {
  const address = text.trim();
  if (/^(?:https?:\/\/|mailto:|tel:)\S+$/iu.test(address)) return address;
  if (addressProblem(address) === null) return `mailto:${address}`;
  return /^[\p{L}\d-]+(?:\.[\p{L}\d-]+)+(?:[/?#:]\S*)?$/u.test(address) ? `https://${address}` : null;
}

/** From where to where the link around the writing mark reaches. */
function linkRange({ state }: EditorView): [number, number] {
  const { $from } = state.selection;
  const start = $from.pos - $from.textOffset;
  return [start, start + ($from.nodeAfter?.nodeSize ?? 0) + ($from.textOffset > 0 ? $from.textOffset : 0)];
}
