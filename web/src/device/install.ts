/** The browser's offer to install the page, kept until somebody asks for it. Source: W3C "Manifest Incubations". */
import { Value } from "@/lib/value";

interface BeforeInstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

/** Set while the browser would install the page: asks the person. */
export const install = new Value<(() => Promise<void>) | null>(null);

export function lookForInstall(): void {
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // the offer stands in our menu, where it does not get in the way
    install.set(async () => {
      install.set(null);
      await (event as BeforeInstallPrompt).prompt();
    });
  });
  window.addEventListener("appinstalled", () => { install.set(null); });
}
