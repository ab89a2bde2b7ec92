import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { Signature } from "lucide-react";
import { Button, Menu, MenuChoice, MenuItem, MenuSeparator } from "@/ui";
import { signaturesOf } from "../boilerplate/filled";
import { useSignal } from "../state/hooks";
import type { Composer } from "./composer";
import { signatureIn } from "./signature";
import type { Stock } from "./useNeeds";

export interface StockProps {
  readonly composer: Composer;
  readonly stock: Stock;
}

const NONE = "none";
const OTHER = "other";

/** Change or remove the letter's signature; nothing else of it changes. */
export function SignatureMenu(props: StockProps) {
  const { t } = useLingui();
  return (
    <Menu side="top" trigger={<Button variant="ghost" aria-label={t`Signature`} title={t`Signature`} icon={<Signature size={18} aria-hidden />} className="px-2 text-muted touch:px-3" />}>
      <SignatureChoice {...props} />
    </Menu>
  );
}

/** The lines of the menu: also a part of the one that phones have. */
export function SignatureChoice({ composer, stock }: StockProps) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { signature, isPlain } = useSignal(composer.letter);
  const all = stock.needs ? signaturesOf(stock.needs) : [];
  const manage = (): void => { void navigate({ to: "/settings/me/signatures" }); };
  const isUnknown = !isPlain && signature === null && signatureIn(composer.now().html) !== null;
  const value = signature && all.some(({ id }) => id === signature.id) ? signature.id : isUnknown ? OTHER : NONE;
  if (all.length === 0) return <MenuItem onSelect={manage}>{t`Create a signature …`}</MenuItem>;
  return (
    <>
      <MenuChoice
        label={t`Signature`} value={value} onChange={(id) => { stock.sign(all.find((each) => each.id === id) ?? null); }}
        choices={[...all.map(({ id, name }) => ({ value: id, label: name })), { value: NONE, label: t`No signature` }]}
      />
      <MenuSeparator />
      <MenuItem onSelect={manage}>{t`Manage signatures …`}</MenuItem>
    </>
  );
}
