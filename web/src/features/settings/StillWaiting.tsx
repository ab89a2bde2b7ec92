import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { ApiError } from "@/api";
import { Banner, Checkbox } from "@/ui";

/** What is still to go to Microsoft, and would be lost with a mailbox that is deleted here. */
export interface Waiting {
  readonly letters: number;
  readonly writers: string;
  readonly changes: number;
}

/** null: the refusal is about something else. */
export function waitingOf(error: unknown): Waiting | null {
  if (!(error instanceof ApiError) || error.code !== "still_waiting") return null;
  const { letters, writers, changes } = error.params;
  return {
    letters: Number(letters),
    writers: Array.isArray(writers) ? writers.join(", ") : "",
    changes: Number(changes),
  };
}

interface WaitingProps {
  readonly waiting: Waiting;
  readonly isDiscarded: boolean;
  readonly onChange: (isDiscarded: boolean) => void;
}

export function StillWaiting({ waiting, isDiscarded, onChange }: WaitingProps) {
  const { t } = useLingui();
  const { letters, writers, changes } = waiting;
  return (
    <Banner tone="danger" title={t`Not everything has gone to Microsoft yet`}>
      {letters > 0 && (
        <p>
          <Plural value={letters} one="One message has not been sent yet and never will be." other="# messages have not been sent yet and never will be." />
          {writers !== "" && <>{" "}<Trans>Written by: {writers}.</Trans></>}
        </p>
      )}
      {changes > 0 && (
        <p className="mt-1">
          <Plural value={changes} one="One change of a message or folder will not be made there." other="# changes of messages or folders will not be made there." />
        </p>
      )}
      <Checkbox className="mt-2" label={t`Discard them`} checked={isDiscarded} onChange={(event) => onChange(event.target.checked)} />
    </Banner>
  );
}
