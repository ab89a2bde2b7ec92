// Where a script or style that this page begins with can't be had (its server is just being renewed), the page is
// loaded anew: soon at first, then ever more rarely, and with a word. What comes later, src/app/upgrade.ts sees to.
(function () {
  var mark = "poststelle.recovering", timer = 0;
  function isOurs(it) {
    var root = document.getElementById("root");
    return it && /^(?:SCRIPT|LINK)$/.test(it.tagName) && (it.src || it.href || "").indexOf(location.origin + "/assets/") === 0 && !(root && root.firstChild);
  }
  function count() {
    try {
      var before = Number(sessionStorage.getItem(mark)) || 0;
      sessionStorage.setItem(mark, String(before + 1));
      return before;
    } catch (e) {
      return 6; // nothing can be remembered: rarely
    }
  }
  function say() {
    document.body.insertAdjacentText("beforeend", "Poststelle wird gerade erneuert und gleich neu geladen. / Poststelle is being updated and reloads by itself.");
  }
  addEventListener("error", function (event) {
    if (timer || !isOurs(event.target)) return;
    var before = count();
    timer = setTimeout(function () { location.reload(); }, Math.min(30000, 500 * Math.pow(2, before)) * (0.75 + Math.random() / 2));
    if (before > 1) document.body ? say() : addEventListener("DOMContentLoaded", say);
  }, true);
})();
