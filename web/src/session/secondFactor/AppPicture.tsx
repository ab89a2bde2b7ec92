import { Trans, useLingui } from "@lingui/react/macro";
import type { NewApp } from "@/api";
import { CopyButton } from "@/ui";

/** What the app for codes needs: a picture to scan, or a secret to type. */
export function AppPicture({ app }: { readonly app: NewApp }) {
  const { t } = useLingui();
  const grouped = app.secret.match(/.{1,4}/g)?.join(" ") ?? app.secret;
  return (
    <div className="flex flex-col items-start gap-3">
      <p>
        <Trans>Scan this with the app for codes on your phone, then enter the code that it shows.</Trans>
      </p>
      <img src={app.picture} alt={t`QR code for your app`} className="size-44 self-center rounded-md bg-white" />
      <details className="w-full">
        <summary className="cursor-pointer text-list text-muted">
          <Trans>It cannot be scanned?</Trans>
        </summary>
        <div className="mt-2 flex items-center gap-2">
          <code className="min-w-0 rounded-sm bg-sunken px-2 py-1 text-list wrap-anywhere select-all">{grouped}</code>
          <CopyButton text={app.secret} />
        </div>
        <p className="mt-2 text-list">
          <a href={app.uri} className="text-accent underline underline-offset-2">
            <Trans>Open the app on this device</Trans>
          </a>
        </p>
      </details>
    </div>
  );
}
