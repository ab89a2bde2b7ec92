import { useLingui } from "@lingui/react/macro";
import { Copy, PencilLine, Search } from "lucide-react";
import type { ReactNode } from "react";
import { useState } from "react";
import type { EmailAddress } from "@/jmap";
import { Menu, MenuItem, cx, showToast } from "@/ui";
import { useMail } from "../state/mail";

export interface AddressMenuProps {
  readonly person: EmailAddress;
  readonly className?: string;
  /** How the person is written here. */
  readonly children: ReactNode;
}

/** Somebody in the head of a message; a press offers what can be done with the address. The menu comes with the press: there may be hundreds of people. */
export function AddressMenu({ person, className, children }: AddressMenuProps) {
  const [isOpen, setOpen] = useState<boolean | null>(null);
  if (!person.email.trim()) return <span className={className}>{children}</span>;
  const look = cx("max-w-full cursor-pointer rounded-sm text-left select-text touch:min-h-8 hover:underline hover:underline-offset-2", className);
  if (isOpen === null) return <button type="button" aria-haspopup="menu" aria-expanded={false} className={look} onClick={() => { setOpen(true); }}>{children}</button>;
  return (
    <Menu isOpen={isOpen} onOpenChange={setOpen} trigger={<button type="button" className={look}>{children}</button>}>
      <Deeds person={person} />
    </Menu>
  );
}

function Deeds({ person: { name, email } }: { readonly person: EmailAddress }) {
  const { t } = useLingui();
  const { writing, scopes, setSearch } = useMail();
  const operators = { from: t({ message: "from", context: "search operator" }), to: t({ message: "to", context: "search operator" }) };
  const search = (): void => {
    const quoted = `"${email.replaceAll('"', "")}"`;
    setSearch(`${operators.from}:${quoted} ${t({ message: "OR", context: "search operator" })} ${operators.to}:${quoted}`, { scope: scopes.includes("mailbox") ? "mailbox" : "everywhere" });
  };
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(email); // there is none where the page came over plain http
      showToast(t`Copied: ${email}`);
    } catch {
      showToast(t`The browser does not let this be copied: ${email}`);
    }
  };
  return (
    <>
      {writing.isPossible && (
        <MenuItem icon={<PencilLine size={16} aria-hidden />} onSelect={() => { writing.writeOn({ to: [{ name, email }], cc: [], subject: "", text: "" }); }}>{t`Write to this address`}</MenuItem>
      )}
      <MenuItem icon={<Copy size={16} aria-hidden />} onSelect={() => { void copy(); }}>{t`Copy address`}</MenuItem>
      <MenuItem icon={<Search size={16} aria-hidden />} onSelect={search}>{t`Find messages from and to this address`}</MenuItem>
    </>
  );
}
