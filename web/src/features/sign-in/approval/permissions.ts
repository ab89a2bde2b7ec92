import { t } from "@lingui/core/macro";

/** What one Microsoft permission is for, in words; unknown ones are shown by name alone. */
export function permissionReason(scope: string): string {
  const name = scope.split("/").pop() ?? scope;
  const reasons: Readonly<Record<string, () => string>> = {
    "Mail.ReadWrite": () => t`read the mailbox, mark, file and delete messages`,
    "Mail.Send": () => t`send answers from this mailbox`,
    "Mail.ReadWrite.Shared": () => t`do the same in a shared mailbox that the account may open`,
    "Mail.Send.Shared": () => t`send from such a shared mailbox`,
    "MailboxSettings.ReadWrite": () => t`set out-of-office notes and forwarding when you change them here`,
    "User.Read": () => t`see which account has signed in, so that the right mailbox is connected`,
    offline_access: () => t`keep the connection without asking for the password again`,
    openid: () => t`prove the identity of the account that signs in`,
    profile: () => t`know the name of the account that signs in`,
    email: () => t`know the address of the account that signs in`,
  };
  return reasons[name]?.() ?? "";
}

/** "https://graph.microsoft.com/Mail.Send" is called "Mail.Send" everywhere at Microsoft. */
export const permissionName = (scope: string): string => scope.split("/").pop() ?? scope;
