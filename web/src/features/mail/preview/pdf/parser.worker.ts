/** Takes a PDF apart, in a thread of its own that ends with the document. */
import "pdfjs-dist/legacy/build/pdf.worker.min.mjs";
