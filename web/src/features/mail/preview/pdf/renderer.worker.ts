/** Draws pages, in a thread of its own that ends with the document: what takes for ever there does not hold the page up. */
import "pdfjs-dist/legacy/build/pdf.renderer.min.mjs";
