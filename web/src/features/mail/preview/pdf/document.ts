/**
 * A stranger's PDF, page by page, with pdf.js (Apache-2.0).
 *
 *     open ──> pages are drawn as they come on screen ──> stopped: both threads end
 *       └── refused: locked · damaged · slow
 *
 * It is taken apart in one thread and drawn in another, where the browser can, so that none of it holds the page up.
 * No script of it runs, no form, no link; nothing is fetched but character maps, fonts and
 * decoders of our own origin.
 */
import type { PDFDocumentLoadingTask, PDFDocumentProxy, PDFPageProxy, PageViewport, RenderTask } from "pdfjs-dist";
import * as pdfjs from "pdfjs-dist/legacy/build/pdf.mjs";
import type { OpenPdf } from "./opened";
import { PdfRefused } from "./opened";
import type { Size } from "./limits";
import { MOST_PAGES, MOST_PICTURE_PIXELS, MOST_RUNS, PATIENCE_MS, sharpness, soundSize } from "./limits";

/** CSS pixels for each point of a page: an inch is 96 of the ones and 72 of the others. */
const AT_ONE = 96 / 72;
const OWN_FILES = import.meta.env.DEV ? "/node_modules/pdfjs-dist/" : `/assets/pdfjs-${pdfjs.version}/`;

class Engine {
  readonly #parser = new Worker(new URL("./parser.worker.ts", import.meta.url), { type: "module" });
  readonly #renderer = "OffscreenCanvas" in globalThis ? new Worker(new URL("./renderer.worker.ts", import.meta.url), { type: "module" }) : null;
  readonly worker = pdfjs.PDFWorker.create({ port: this.#parser });

  /** Take the octets: they are in the other thread from then on. */
  begin(data: Uint8Array): PDFDocumentLoadingTask {
    pdfjs.GlobalWorkerOptions.rendererPorts = this.#renderer ? [this.#renderer] : [];
    return pdfjs.getDocument({
      data, worker: this.worker, verbosity: 0,
      cMapUrl: `${OWN_FILES}cmaps/`, cMapPacked: true, standardFontDataUrl: `${OWN_FILES}standard_fonts/`, wasmUrl: `${OWN_FILES}wasm/`,
      useWasm: false, // the policy of our pages allows none: the decoders come as scripts
      enableXfa: false, stopAtErrors: false, maxImageSize: MOST_PICTURE_PIXELS, canvasMaxAreaInBytes: 4 * MOST_PICTURE_PIXELS,
    });
  }

  end(): void {
    this.#parser.terminate();
    this.#renderer?.terminate();
  }
}

/** Open a document; its octets are gone afterwards. Whoever stops it meanwhile ends its threads. Rejects with PdfRefused. */
export async function openPdf(data: Uint8Array, stopped: AbortSignal): Promise<OpenPdf> {
  const engine = new Engine();
  stopped.addEventListener("abort", () => { engine.end(); });
  const opening = engine.begin(data);
  try {
    const document = await inTime(opening.promise);
    return await opened(document);
  } catch (error) {
    engine.end();
    throw refused(error);
  }
}

async function opened(document: PDFDocumentProxy): Promise<OpenPdf> {
  const pageOf = (page: number): Promise<PDFPageProxy> => inTime(document.getPage(page));
  const size = async (page: number): Promise<Size> => {
    try {
      return soundSize((await pageOf(page)).getViewport({ scale: AT_ONE }));
    } catch (error) {
      throw refused(error);
    }
  };
  return {
    pages: document.numPages, shown: Math.min(document.numPages, MOST_PAGES), first: await size(1), size,
    draw: (page, scale, canvas, text) => {
      let stop = (): void => undefined;
      let isOver = false;
      const begun = pageOf(page).then(async (found) => {
        if (isOver) return;
        const drawing = new PageDrawing(found, scale * AT_ONE, canvas, text);
        stop = () => { drawing.stop(); };
        await drawing.done();
      });
      return {
        done: begun.catch((error: unknown) => { if (!isOver) throw refused(error); }),
        stop: () => {
          isOver = true;
          stop();
        },
      };
    },
  };
}

class PageDrawing {
  readonly #page: PDFPageProxy;
  readonly #viewport: PageViewport;
  readonly #text: HTMLElement;
  readonly #task: RenderTask;
  #layer: pdfjs.TextLayer | null = null;
  #isOver = false;

  constructor(page: PDFPageProxy, scale: number, canvas: HTMLCanvasElement, text: HTMLElement) {
    [this.#page, this.#text, this.#viewport] = [page, text, page.getViewport({ scale })];
    const shown = soundSize(this.#viewport);
    const sharp = sharpness(shown, window.devicePixelRatio);
    [canvas.width, canvas.height] = [Math.floor(shown.width * sharp), Math.floor(shown.height * sharp)];
    this.#task = page.render({ canvas, viewport: this.#viewport, transform: [sharp, 0, 0, sharp, 0, 0] });
  }

  async done(): Promise<void> {
    await inTime(this.#task.promise);
    if (this.#isOver) return;
    const content = await inTime(this.#page.getTextContent());
    this.#text.replaceChildren();
    if (this.#isOver || content.items.length > MOST_RUNS) return;
    this.#text.style.setProperty("--total-scale-factor", String(this.#viewport.scale));
    this.#layer = new pdfjs.TextLayer({ textContentSource: content, container: this.#text, viewport: this.#viewport });
    await this.#layer.render();
  }

  stop(): void {
    this.#isOver = true;
    this.#task.cancel();
    this.#layer?.cancel();
    this.#page.cleanup();
  }
}

class Slow extends Error {}

/** Whoever gives no answer is given up. */
async function inTime<T>(asked: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => { reject(new Slow()); }, PATIENCE_MS); });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}

function refused(error: unknown): PdfRefused {
  if (error instanceof PdfRefused) return error;
  if (error instanceof Slow) return new PdfRefused("slow", error);
  return new PdfRefused((error as Error | null)?.name === "PasswordException" ? "locked" : "damaged", error);
}
