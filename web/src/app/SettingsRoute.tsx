import { useState } from "react";
import { MicrosoftHelpSheet } from "@/features/help";
import { HelpDoor, SettingsLayout } from "@/features/settings";

/** Joins settings and help, which never import one another. */
export function SettingsRoute() {
  const [isHelpOpen, setHelpOpen] = useState(false);
  return (
    <HelpDoor value={() => setHelpOpen(true)}>
      <SettingsLayout />
      <MicrosoftHelpSheet isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
    </HelpDoor>
  );
}
