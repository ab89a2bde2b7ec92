/** The document inside the sandboxed frame: the safe mail under a policy that allows next to nothing. */
import type { SafeHtml } from "./safe";

/**
 * No scripts, no forms, no navigation of the page around it. `allow-same-origin`
 * only lets our own code read the frame's height and links; without
 * `allow-scripts` nothing inside can make use of it.
 */
export const SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox";

const BASE = `
html{color-scheme:light;background:#fff}
body{margin:0;background:#fff;color:#1a1d23;font:15px/1.55 "Inter Variable",system-ui,sans-serif;
overflow-wrap:break-word;min-width:0;box-sizing:border-box;height:auto!important;min-height:0!important}
html,body{overflow-y:hidden!important;overflow-x:auto!important}
a{color:#2450c8}img{max-width:100%;height:auto}img:not([src]){outline:1px dashed rgba(128,128,128,.6);outline-offset:-1px;background:rgba(128,128,128,.12);min-width:12px;min-height:12px;font:12px system-ui,sans-serif}
img:not([src])[width="1"],img:not([src])[height="1"]{display:none}table img{max-width:none}blockquote{margin:0 0 0 4px;padding-left:12px;border-left:2px solid #d5dae2}
pre{white-space:pre-wrap}@media print{html,body{overflow:visible!important}}`;

/** Build the frame's srcdoc. Pictures from outside are allowed by policy only when `mayFetch`. */
export function frameDocument(mail: SafeHtml, mayFetch: boolean, marginPx = 24): string {
  const pictures = mayFetch ? "blob: data: https:" : "blob: data:";
  const policy = `default-src 'none'; img-src ${pictures}; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'`;
  return [
    `<!doctype html><html dir="${mail.direction}"><head><meta charset="utf-8">`,
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<meta name="referrer" content="no-referrer"><base target="_blank">`,
    `<style>${BASE}body{padding:12px ${String(marginPx)}px 24px}</style><style>${mail.styles}</style></head>`,
    `<body style="${attribute(mail.bodyStyle)}">${mail.body}</body></html>`,
  ].join("");
}

function attribute(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
}
