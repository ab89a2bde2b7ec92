// Measures inside the page: from the input event's own time to the frame after what was waited for is there.
(() => {
  const shown = {
    // A message stands there whole: its heading is another, and its text, or the frame of its HTML, is drawn.
    message(before) {
      const article = document.querySelector("article");
      const name = article?.getAttribute("aria-label") + "|" + article?.querySelector("time")?.dateTime;
      if (!article || name === before) return false;
      const frame = article.querySelector("iframe");
      if (frame) return frame.contentDocument?.readyState === "complete" && frame.contentDocument.body.childNodes.length > 0;
      return article.querySelector("[data-skeleton]") === null && article.innerText.length > 60;
    },
    list: (before) => rowsNow() !== before,
  };
  const rowsNow = () => [...document.querySelectorAll("[role=grid] [role=row]")].slice(0, 20).map(said).join("|");
  const said = (row) => [row.innerText, ...[...row.querySelectorAll("[aria-label]")].map((one) => one.getAttribute("aria-label"))].join();
  const states = {
    message: () => { const a = document.querySelector("article"); return a?.getAttribute("aria-label") + "|" + a?.querySelector("time")?.dateTime },
    list: rowsNow,
  };
  const probe = { took: null };
  // The next press is timed.
  probe.arm = (kind, type) => {
    const before = states[kind]();
    probe.took = null;
    addEventListener(type, (event) => {
      const look = () => {
        // Two frames: this one has been laid out, so it is on screen when the next begins.
        if (shown[kind](before)) requestAnimationFrame(() => { probe.took = performance.now() - event.timeStamp });
        else if (performance.now() - event.timeStamp < 15000) requestAnimationFrame(look);
        else probe.took = -1;
      };
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  };
  // Frames of a scroll: when each came, how many rows in sight were still blank.
  probe.watch = () => {
    const found = { frames: [], blank: 0, rows: 0, long: [] };
    const observer = new PerformanceObserver((list) => { for (const one of list.getEntries()) found.long.push(one.duration) });
    observer.observe({ type: "longtask" });
    const grid = document.querySelector("[role=grid]");
    let is = true;
    const frame = (at) => {
      found.frames.push(at);
      const box = grid.getBoundingClientRect();
      for (const row of grid.querySelectorAll("[role=row]")) {
        const own = row.getBoundingClientRect();
        if (own.bottom <= box.top || own.top >= box.bottom) continue;
        found.rows += 1;
        if (!row.querySelector("time")) found.blank += 1;
      }
      if (is) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    probe.stop = () => { is = false; observer.disconnect(); return found };
  };
  window.__probe = probe;
})();
