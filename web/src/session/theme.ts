import type { Theme } from "@/lib/language";

const dark = matchMedia("(prefers-color-scheme: dark)");
let chosen: Theme = "system";

function paint(): void {
  document.documentElement.dataset["theme"] = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
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
