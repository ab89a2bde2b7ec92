import { Trans, useLingui } from "@lingui/react/macro";
import { Download } from "lucide-react";
import { Banner, Button, CopyButton } from "@/ui";

/** Shown once: to be copied, or saved as a file to be printed. */
export function RecoveryCodes({ codes }: { readonly codes: readonly string[] }) {
  const { t } = useLingui();
  const text = `${codes.join("\n")}\n`;
  const save = () => {
    const url = URL.createObjectURL(new Blob([`${t`Recovery codes for Poststelle`} (${location.host})\n\n${text}`], { type: "text/plain" }));
    Object.assign(document.createElement("a"), { href: url, download: "poststelle-codes.txt" }).click();
    URL.revokeObjectURL(url);
  };
  return (
    <div className="flex flex-col gap-4">
      <Banner tone="warning" title={t`These codes are shown only now.`}>
        <Trans>Keep them where you find them without your phone. Each opens Poststelle once in place of the second factor.</Trans>
      </Banner>
      <ul aria-label={t`Recovery codes`} className="grid grid-cols-[repeat(auto-fit,minmax(11rem,1fr))] gap-x-4 gap-y-1 rounded-md bg-sunken px-4 py-3 font-mono text-ui whitespace-nowrap">
        {codes.map((code) => <li key={code}>{code}</li>)}
      </ul>
      <div className="flex flex-wrap gap-2">
        <CopyButton text={text} label={t`Copy`} />
        <Button icon={<Download size={16} aria-hidden />} onClick={save}>
          <Trans>Save as file</Trans>
        </Button>
      </div>
    </div>
  );
}
