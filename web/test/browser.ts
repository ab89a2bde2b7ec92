/** What jsdom lacks of a browser and pages ask for as soon as they are loaded. Import it first. */
Object.assign(globalThis, {
  matchMedia: (media: string) => ({ media, matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }),
  ResizeObserver: class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
});
if (typeof Element !== "undefined") Object.assign(Element.prototype, { scrollIntoView: () => undefined });
