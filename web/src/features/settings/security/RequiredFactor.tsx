import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { useState } from "react";
import { type RequiredFor } from "@/api";
import { security } from "@/api/security";
import type { LoginSettings } from "@/api/security-types";
import { ErrorNote, useDeed, useResource } from "@/session";
import { Banner, Select } from "@/ui";
import { FormDialog } from "../FormDialog";
import { Group } from "../Page";
import { ProofFields, useProof } from "./proof";

/** Who must have a second factor; those without are logged out and led to it at their next login. */
export function RequiredFactor() {
  const { t } = useLingui();
  const { resource, patch } = useResource("second factor for", security.loginSettings);
  const [wanted, setWanted] = useState<RequiredFor | null>(null);
  if (resource.status === "loading") return null;
  if (resource.status === "failed") return <ErrorNote error={resource.error} />;
  const { second_factor_for: now } = resource.data;
  return (
    <Group
      title={<Trans>Second factor at login</Trans>}
      intro={<Trans>Who has none yet is logged out and sets one up at the next login, before anything else opens.</Trans>}
    >
      <Select<RequiredFor>
        label={t`Required for`}
        isLabelShown
        className="max-w-md"
        value={now}
        onChange={(whom) => setWanted(whom === now ? null : whom)}
        choices={[
          { value: "nobody", label: t`nobody: everybody decides for themselves` },
          { value: "settings", label: t`users with the right for the basic settings` },
          { value: "all", label: t`all users` },
        ]}
      />
      {wanted !== null && (
        <Require
          whom={wanted}
          settings={resource.data}
          onClose={() => setWanted(null)}
          onDone={(kept) => {
            patch(() => kept);
            setWanted(null);
          }}
        />
      )}
    </Group>
  );
}

interface RequireProps {
  readonly whom: RequiredFor;
  readonly settings: LoginSettings;
  readonly onClose: () => void;
  readonly onDone: (kept: LoginSettings) => void;
}

function Require({ whom, settings, onClose, onDone }: RequireProps) {
  const deed = useDeed();
  const proof = useProof();
  const count = whom === "nobody" ? 0 : settings.without_second_factor[whom];
  const save = () => deed.run(async () => onDone(await security.requireSecondFactor(whom, await proof.get())));
  return (
    <FormDialog
      title={whom === "nobody" ? <Trans>Require no second factor any more?</Trans> : whom === "all" ? <Trans>Require a second factor of all users?</Trans> : <Trans>Require a second factor of users with the right for the basic settings?</Trans>}
      button={whom === "nobody" ? <Trans>Require none</Trans> : <Trans>Require a second factor</Trans>}
      variant={whom === "nobody" ? "danger" : "primary"}
      deed={deed} onClose={onClose} onSubmit={() => void save()}
    >
      {whom === "nobody" ? (
        <p><Trans>Those who have a second factor keep it until they remove it. Everybody else logs in with the password alone.</Trans></p>
      ) : count === 0 ? (
        <p><Trans>All of them have one already.</Trans></p>
      ) : (
        <Banner tone="warning" title={<Plural value={count} one="# person has none yet" other="# people have none yet" />}>
          <Trans>They are logged out now, on all devices, and set one up when they log in again. Tell them before. Programs keep their access.</Trans>
        </Banner>
      )}
      <ProofFields form={proof} deed={deed} field="proof" />
    </FormDialog>
  );
}
