// Runs before the first paint: shows the theme of the last visit, so that a dark screen never flashes white.
(function () {
  var theme = null;
  try {
    theme = localStorage.getItem("poststelle.theme");
  } catch (e) {
    // Storage may be forbidden; then the system decides.
  }
  if (theme !== "light" && theme !== "dark") {
    theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  }
  document.documentElement.dataset.theme = theme;
  document.querySelector("meta[name=theme-color]").content = theme === "dark" ? "#101216" : "#f5f6f8";
})();
