import { useMemo, useRef } from "react";
import { SANDBOX, frameDocument } from "../html/frame";
import { safeHtml } from "../html/safe";
import { useTheme } from "../state/hooks";

export interface PreviewProps {
  readonly title: string;
  readonly html: string;
}

const MOST_PX = 600;

/** How it will look: in the frame that runs and fetches nothing. */
export function Preview({ title, html }: PreviewProps) {
  const frame = useRef<HTMLIFrameElement>(null);
  const theme = useTheme();
  const document = useMemo(() => {
    const mail = safeHtml(`<div style="font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:1.45">${html}</div>`, { outside: "held", cidUrl: () => null });
    return frameDocument(mail, { marginPx: 12, paper: mail.isPlain ? theme : "light" });
  }, [html, theme]);
  const fit = (): void => {
    const body = frame.current?.contentDocument?.body;
    if (!frame.current || !body) return;
    frame.current.style.height = `${String(Math.min(MOST_PX, Math.ceil(body.getBoundingClientRect().height)))}px`;
  };
  return <iframe ref={frame} title={title} sandbox={SANDBOX} srcDoc={document} referrerPolicy="no-referrer" onLoad={fit} className="block h-15 w-full border-0" />;
}
