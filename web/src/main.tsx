import "./styles/main.css";
import { i18n } from "@lingui/core";
import { I18nProvider } from "@lingui/react";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { attendDevice } from "./app/device";
import { router } from "./app/router";
import { noteBegun, reloadAfterUpgrade } from "./app/upgrade";
import { showLanguage } from "./i18n";
import { ToastDoor, TooltipHost } from "./ui";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

reloadAfterUpgrade();
attendDevice();
await showLanguage(null);
noteBegun();

createRoot(root).render(
  <StrictMode>
    <I18nProvider i18n={i18n}>
      <RouterProvider router={router} />
      <ToastDoor />
      <TooltipHost />
    </I18nProvider>
  </StrictMode>,
);
