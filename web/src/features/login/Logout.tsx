import { Trans, useLingui } from "@lingui/react/macro";
import { api, isApiError } from "@/api";
import { endNotices } from "@/device/notices";
import { session } from "@/session";
import { Button, Dialog } from "@/ui";

/** End this login at the server; who is on the page hears of it. */
export async function logout(): Promise<void> {
  await endNotices().catch(() => undefined); // the server forgets the device with the login
  const stay = session.leaving();
  try {
    await api.logout();
  } catch (error) {
    if (isApiError(error, "login_needed")) return session.loggedOut();
    stay();
    throw error;
  }
  session.loggedOut();
}

export interface LogoutQuestionProps {
  readonly onStay: () => void;
  readonly onLeave: () => void;
}

/** Asked where something that is being written is not at the server, and can't be brought there. */
export function LogoutQuestion({ onStay, onLeave }: LogoutQuestionProps) {
  const { t } = useLingui();
  return (
    <Dialog
      isOpen onClose={onStay} title={t`Log out although not everything is saved?`}
      actions={
        <>
          <Button data-focus-first onClick={onStay}>{t`Stay logged in`}</Button>
          <Button variant="primary" onClick={onLeave}>{t`Log out`}</Button>
        </>
      }
    >
      <p><Trans>A message is not saved or not sent yet. Its text stays in this browser and is offered when you log in here again. Files that are still being uploaded are lost.</Trans></p>
    </Dialog>
  );
}
