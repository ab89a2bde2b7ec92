import { useLingui } from "@lingui/react/macro";
import { ChevronDown, Send } from "lucide-react";
import { useId, useState } from "react";
import { useDates } from "@/i18n";
import { Button, Dialog, Menu, MenuItem, MenuLabel, MenuSeparator, TextField } from "@/ui";
import type { Preset } from "./later";
import { MOST_DAYS, chosenMoment, localText, presets } from "./later";

export interface SendButtonProps {
  readonly isBusy: boolean;
  /** Null: now. */
  readonly onSend: (at: Date | null) => void;
}

/** Send now, or at a moment that is chosen. */
export function SendButton({ isBusy, onSend }: SendButtonProps) {
  const { t } = useLingui();
  const { full } = useDates();
  const [isChoosing, setChoosing] = useState(false);
  const words: Readonly<Record<Preset, string>> = { afternoon: t`This afternoon`, tomorrow: t`Tomorrow morning`, monday: t`Monday morning` };
  return (
    <div className="flex">
      <Button variant="primary" isBusy={isBusy} icon={<Send size={16} aria-hidden className="max-[359px]:hidden" />} aria-keyshortcuts="Control+Enter" title={t`Ctrl Enter`} className="rounded-r-none" onClick={() => { onSend(null); }}>{t`Send`}</Button>
      <Menu
        side="top"
        trigger={<Button variant="primary" aria-label={t`Send later`} title={t`Send later`} icon={<ChevronDown size={16} aria-hidden />} disabled={isBusy} className="rounded-l-none border-l border-surface px-2 touch:px-3" />}
      >
        <MenuLabel>{t`Send later`}</MenuLabel>
        {presets(new Date()).map(({ preset, at }) => (
          <MenuItem key={preset} onSelect={() => { onSend(at); }}>
            <span className="flex justify-between gap-6"><span>{words[preset]}</span><span className="tabular text-muted">{full(at)}</span></span>
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem onSelect={() => { setChoosing(true); }}>{t`Choose date and time …`}</MenuItem>
      </Menu>
      {isChoosing && <ChooseMoment onClose={() => { setChoosing(false); }} onChoose={(at) => { setChoosing(false); onSend(at); }} />}
    </div>
  );
}

function ChooseMoment({ onClose, onChoose }: { readonly onClose: () => void; readonly onChoose: (at: Date) => void }) {
  const { t } = useLingui();
  const formId = useId();
  const [now] = useState(() => new Date());
  const [text, setText] = useState(() => localText(presets(now)[0]?.at ?? now));
  const [isWrong, setWrong] = useState(false);
  return (
    <Dialog
      isOpen onClose={onClose} title={t`When shall it be sent?`}
      actions={<><Button onClick={onClose}>{t`Cancel`}</Button><Button variant="primary" type="submit" form={formId}>{t`Send at this time`}</Button></>}
    >
      <form
        id={formId} noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const at = chosenMoment(text, new Date());
          if (at) onChoose(at);
          else setWrong(true);
        }}
      >
        <TextField
          label={t`Date and time`} type="datetime-local" value={text} min={localText(now)} max={localText(new Date(now.getTime() + MOST_DAYS * 86_400_000))}
          onChange={(event) => { setText(event.target.value); setWrong(false); }} error={isWrong ? t`Please choose a moment within the coming year.` : undefined}
          hint={t`Until then the message lies in the drafts, where it can be taken back.`}
        />
      </form>
    </Dialog>
  );
}
