import { useLingui } from "@lingui/react/macro";
import type { Email } from "@/jmap";
import { Button, CopyButton, Dialog, SkeletonRows } from "@/ui";
import { NotLoaded } from "../MailError";
import { useLoaded } from "../state/hooks";
import { useMail } from "../state/mail";
import { fetchText, originalUrl, saveFile } from "./files";

const MOST_SHOWN = 400_000;

/** The message as it travelled: headers and MIME parts, as text. */
export function OriginalDialog({ email }: { readonly email: Email }) {
  const { t } = useLingui();
  const view = useMail();
  const url = originalUrl(view, email, t`Message`);
  const onClose = (): void => { view.setDialog(null); };
  const loaded = useLoaded(url, () => fetchText(url));
  const text = loaded.kind === "ready" ? loaded.value : "";
  return (
    <Dialog
      isOpen onClose={onClose} width="wide" title={t`Original message`}
      actions={
        <>
          {text && <CopyButton text={text} label={t`Copy`} />}
          <Button variant="primary" onClick={() => { saveFile(url); }}>{t`Download message (.eml)`}</Button>
        </>
      }
    >
      {loaded.kind === "loading" && <SkeletonRows rows={6} />}
      {loaded.kind === "failed" && <NotLoaded error={loaded.error} onRetry={loaded.retry} />}
      {text && <pre dir="ltr" className="font-mono text-fine break-all whitespace-pre-wrap">{text.slice(0, MOST_SHOWN)}</pre>}
      {text.length > MOST_SHOWN && <p className="mt-2 text-muted">{t`Only the beginning is shown. Download the message to see all of it.`}</p>}
    </Dialog>
  );
}
