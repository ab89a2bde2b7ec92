import { Trans, useLingui } from "@lingui/react/macro";
import { api, type RequiredFor } from "@/api";
import { ErrorNote, useResource } from "@/session";
import { Select } from "@/ui";
import { Group } from "../Page";
import { SavedMark } from "../SavedMark";
import { useSaved } from "../useSaved";

/** Who must have a second factor; those without are led to it at their next login. */
export function RequiredFactor() {
  const { t } = useLingui();
  const { resource, patch } = useResource("second factor for", api.secondFactorFor);
  const saved = useSaved();
  if (resource.status === "loading") return null;
  if (resource.status === "failed") return <ErrorNote error={resource.error} />;
  const put = (whom: RequiredFor) => async () => {
    const kept = await api.requireSecondFactor(whom);
    patch(() => kept);
  };
  return (
    <Group
      title={<Trans>Second factor at login</Trans>}
      intro={<Trans>Who has none yet sets one up at the next login, before anything else opens.</Trans>}
      side={<SavedMark saved={saved} />}
    >
      {saved.error !== null && <ErrorNote error={saved.error} className="mb-4" />}
      <Select<RequiredFor>
        label={t`Required for`}
        isLabelShown
        className="max-w-md"
        value={resource.data}
        onChange={(whom) => void saved.save(put(whom), put(resource.data))}
        choices={[
          { value: "nobody", label: t`nobody: everybody decides for themselves` },
          { value: "settings", label: t`users with the right for the basic settings` },
          { value: "all", label: t`all users` },
        ]}
      />
    </Group>
  );
}
