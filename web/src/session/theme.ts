import type { Theme } from "@/lib/language";

const dark = matchMedia("(prefers-color-scheme: dark)");
let chosen: Theme = "system";

/** Of the installed page's bar: `--sunken`, which stands at its edge. */
const bars = { light: "#f5f6f8", dark: "#101216" };

function paint(): void {
  const theme = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
  document.documentElement.dataset["theme"] = theme;
  document.querySelector("meta[name=theme-color]")?.setAttribute("content", bars[theme]);
}

/** Show a theme now and at the next visit's first paint (see public/theme.js). */
export function showTheme(theme: Theme): void {
  chosen = theme;
  try {
    localStorage.setItem("poststelle.theme", theme);
  } catch {
    // Storage may be forbidden; the theme then comes a moment later.
  }
  paint();
}

dark.addEventListener("change", paint);
