import { useLingui } from "@lingui/react/macro";
import { ALargeSmall, Ellipsis, LetterText, MailCheck, Paperclip, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import type { Importance } from "@/jmap";
import type { Notice } from "@/store";
import { Button, IconButton, Menu, MenuChoice, MenuItem, MenuSeparator, MenuTick, toastFloor } from "@/ui";
import { useSignal } from "../state/hooks";
import { KeepTemplate } from "./KeepTemplate";
import { writeFormatted, writePlain } from "./plainSwitch";
import { SavingLine } from "./SavingLine";
import { SendButton } from "./SendButton";
import type { Sending } from "./sendingSteps";
import type { StockProps } from "./SignatureMenu";
import { SignatureChoice, SignatureMenu } from "./SignatureMenu";
import { TemplateDialog } from "./TemplateDialog";

interface FootProps extends StockProps {
  readonly sending: Sending;
  readonly isPhone: boolean;
  /** Microsoft has refused the draft. */
  readonly refused: Notice | null;
}

/** What is done with a letter: sending, files, looks, signature, templates. */
export function Foot({ composer, stock, sending, isPhone, refused }: FootProps) {
  const { t } = useLingui();
  const { isPlain, importance, asksReceipt } = useSignal(composer.letter);
  const isFormatting = useSignal(composer.isFormatting);
  const isSending = useSignal(composer.isSending);
  const picker = useRef<HTMLInputElement>(null);
  const [dialog, setDialog] = useState<"templates" | "keep" | null>(null);
  const switchPlain = (): void => { (isPlain ? writeFormatted : writePlain)(composer); };
  const levels: readonly { value: Importance; label: string }[] = [{ value: "high", label: t`High` }, { value: "normal", label: t`Normal` }, { value: "low", label: t`Low` }];
  return (
    <footer ref={toastFloor} className="flex shrink-0 flex-wrap items-center gap-1 border-t border-border px-3 py-2 max-[359px]:gap-0 max-[359px]:px-1">
      {sending.maySend ? <SendButton isBusy={isSending} onSend={sending.send} /> : <p className="max-w-64 text-fine text-muted">{t`You may write drafts here, but not send them. Please ask your administrator.`}</p>}
      {isSending && <Button variant="ghost" onClick={sending.stop}>{t`Stop`}</Button>}
      <IconButton label={t`Attach files`} icon={<Paperclip size={18} aria-hidden />} onClick={() => { picker.current?.click(); }} />
      <input
        ref={picker} type="file" multiple hidden aria-label={t`Attach files`} tabIndex={-1}
        onChange={({ target }) => {
          composer.addFiles([...(target.files ?? [])]);
          target.value = "";
        }}
      />
      {!isPlain && <IconButton label={t`Format`} isPressed={isFormatting} icon={<ALargeSmall size={18} aria-hidden />} onClick={() => { composer.isFormatting.set(!isFormatting); }} />}
      {!isPhone && <SignatureMenu composer={composer} stock={stock} />}
      {!isPhone && <IconButton label={t`Insert template`} icon={<LetterText size={18} aria-hidden />} onClick={() => { setDialog("templates"); }} />}
      <Menu side="top" trigger={<Button variant="ghost" aria-label={t`More`} title={t`More`} icon={<Ellipsis size={18} aria-hidden />} className="px-2 text-muted touch:px-3" />}>
        <MenuChoice label={t`Importance`} value={importance} onChange={(value) => { composer.change({ importance: value }); }} choices={levels} />
        <MenuSeparator />
        <MenuTick isOn={asksReceipt} onChange={(asks) => { composer.change({ asksReceipt: asks }); }}>{t`Ask for a read receipt`}</MenuTick>
        <MenuSeparator />
        {isPhone && <SignatureChoice composer={composer} stock={stock} />}
        {isPhone && <MenuItem onSelect={() => { setDialog("templates"); }}>{t`Insert template`}</MenuItem>}
        {isPhone && <MenuSeparator />}
        <MenuItem onSelect={switchPlain}>{isPlain ? t`Write with formatting` : t`Write as plain text`}</MenuItem>
      </Menu>
      {asksReceipt && <IconButton label={t`Ask for no read receipt`} isPressed icon={<MailCheck size={18} aria-hidden />} onClick={() => { composer.change({ asksReceipt: false }); }} />}
      <span className="min-w-0 grow text-right">{!isPhone && <SavingLine composer={composer} refused={refused} />}</span>
      <IconButton label={t`Delete draft`} icon={<Trash2 size={18} aria-hidden />} onClick={sending.discard} />
      {dialog === "templates" && <TemplateDialog composer={composer} stock={stock} onClose={() => { setDialog(null); }} onKeep={() => { setDialog("keep"); }} />}
      {dialog === "keep" && <KeepTemplate composer={composer} stock={stock} onClose={() => { setDialog(null); }} />}
    </footer>
  );
}
