import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { type FormEvent, useState } from "react";
import { type ErasedRecords, records } from "@/api/records";
import { ErrorNote, useDeed } from "@/session";
import { Banner, Button, TextField } from "@/ui";
import { errorAt, FormDialog } from "../FormDialog";
import { Group } from "../Page";

/** Takes somebody out of the activities of all mailboxes, for administrators. */
export function EraseContact({ onErased }: { readonly onErased: () => void }) {
  const { t } = useLingui();
  const deed = useDeed();
  const [email, setEmail] = useState("");
  const [asked, setAsked] = useState<string | null>(null);
  const [gone, setGone] = useState<ErasedRecords | null>(null);
  const ask = (event: FormEvent) => {
    event.preventDefault();
    deed.clear();
    setGone(null);
    setAsked(email.trim());
  };
  const erase = async (address: string) => {
    const isDone = await deed.run(async () => setGone(await records.erase(address)));
    setAsked(null);
    if (!isDone) return;
    setEmail("");
    onErased();
  };
  const wrong = errorAt(deed, "email");
  return (
    <Group
      title={<Trans>Erase a contact</Trans>}
      intro={<Trans>For who asks to be forgotten: what was received from an address and sent to it goes from the activities of all mailboxes. The messages themselves stay.</Trans>}
    >
      <form onSubmit={ask} className="flex max-w-xl flex-col items-start gap-3" noValidate>
        {deed.error !== null && !wrong && <ErrorNote error={deed.error} />}
        <TextField
          label={t`Address to be erased`}
          type="email"
          value={email}
          maxLength={320}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          error={wrong}
          onChange={({ target }) => setEmail(target.value)}
          className="w-full"
        />
        <Button type="submit" variant="danger" disabled={email.trim() === ""}><Trans>Erase the activities</Trans></Button>
        <div role="status">{gone && <Gone gone={gone} />}</div>
      </form>
      {asked !== null && (
        <FormDialog
          title={<Trans>Erase the activities of {asked}?</Trans>}
          button={<Trans>Erase for good</Trans>}
          variant="danger"
          deed={deed}
          onClose={() => setAsked(null)}
          onSubmit={() => void erase(asked)}
        >
          <p><Trans>Nobody can bring them back. Programs that were told of them are told that they are gone. The audit trail says how many there were, and not of whom.</Trans></p>
        </FormDialog>
      )}
    </Group>
  );
}

function Gone({ gone }: { readonly gone: ErasedRecords }) {
  const { erased, changed } = gone;
  if (erased + changed === 0) return <Banner tone="info" isInLiveRegion title={<Trans>There are no activities of this address.</Trans>} />;
  return (
    <Banner tone="success" isInLiveRegion title={<Plural value={erased} _0="No activity was of this contact alone." one="# activity was erased." other="# activities were erased." />}>
      {changed > 0 && <Plural value={changed} one="# that is of others, too, stays without this contact." other="# that are of others, too, stay without this contact." />}
    </Banner>
  );
}
