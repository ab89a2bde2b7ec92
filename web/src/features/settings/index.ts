/** The settings pages. Help is opened through a door that the app ring gives. */
export { ArchivePage } from "./archive/ArchivePage";
export { AuditPage } from "./AuditPage";
export { DevicePage } from "./device/DevicePage";
export { ExternalMailboxesPage } from "./ExternalMailboxesPage";
export { InternalMailboxesPage } from "./InternalMailboxesPage";
export { HealthPage } from "./HealthPage";
export { HelpDoor } from "./HelpDoor";
export { MailboxPage } from "./MailboxPage";
export { MicrosoftPage } from "./MicrosoftPage";
export { ProfilePage } from "./ProfilePage";
export { RecordsPage } from "./records/RecordsPage";
export { SecurityPage } from "./security/SecurityPage";
export { SettingsLayout } from "./SettingsLayout";
export { UsersPage } from "./UsersPage";
export { WebhooksPage } from "./webhooks/WebhooksPage";
