// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { safeCss } from "./css";
import { frameDocument } from "./frame";
import { bareCid, safeHtml } from "./safe";
import type { SafeHtml, SafeOptions } from "./safe";

const clean = (html: string, outside: SafeOptions["outside"] = "held"): SafeHtml =>
  safeHtml(html, { outside, cidUrl: (cid) => (cid === "known@x" ? "blob:here" : null) });

const everything = (mail: SafeHtml): string => `${mail.styles}${mail.bodyStyle}${mail.body}`;

describe("hostile mail", () => {
  test.each([
    ["a script", "<script>alert(1)</script>ok"],
    ["an event handler", "<img src=x onerror=alert(1)>ok"],
    ["a body handler", "<body onload=alert(1)>ok</body>"],
    ["a javascript link", "<a href='javascript:alert(1)'>ok</a>"],
    ["a javascript link in disguise", "<a href=' java\nscript:alert(1)'>ok</a>"],
    ["a data document link", "<a href='data:text/html,<script>alert(1)</script>'>ok</a>"],
    ["an svg with a script", "<svg onload=alert(1)><script>alert(1)</script></svg>ok"],
    ["math trickery", "ok<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>"],
    ["a frame", "<iframe src='https://evil.example' srcdoc='<script>alert(1)</script>'></iframe>ok"],
    ["an object", "<object data='https://evil.example'></object><embed src='https://evil.example'>ok"],
    ["a form", "<form action='https://evil.example'><input name=password><button>x</button></form>ok"],
    ["a refresh", "<meta http-equiv=refresh content='0;url=https://evil.example'>ok"],
    ["a base address", "<base href='https://evil.example'>ok"],
    ["a style sheet link", "<link rel=stylesheet href='https://evil.example/x.css'>ok"],
    ["a template", "<template><img src=x onerror=alert(1)></template>ok"],
    ["a broken-out style", "<style></style><script>alert(1)</script></style>ok"],
    ["clobbering names", "<img name=body id=documentElement><a id=location>ok</a>"],
  ])("%s loses its teeth and its words stay", (_, html) => {
    const shown = everything(clean(html));

    expect(shown).toContain("ok");
    expect(shown).not.toMatch(/<script|<iframe|<object|<embed|<form|<input|<meta|<base|<link|<svg|<template| on\w+=|javascript:|evil\.example|\sid="(?!user-content-)|\sname=/i);
  });

  test.each([
    ["rules", "p{"],
    ["selectors", ":not("],
    ["media", "@media all{"],
    ["conditions", "@supports (color:red){"],
    ["layers", "@layer{"],
    ["lists", "a["],
  ])("nested by the thousand in its sheet is left out: %s", (_, opening) => {
    const mail = clean(`<style>${opening.repeat(20_000)}color:red</style><p>ok</p>`);
    expect(mail.styles.split(opening).length).toBeLessThan(60);
    expect(mail.body).toContain("ok");
  });

  test("nested by the thousand in a style attribute is left out, and what mail needs is not", () => {
    expect(clean(`<p style="color:${"var(--x,".repeat(20_000)}red">ok</p>`).body).not.toContain("var(--x,var(");
    expect(clean("<p style='width:calc(100% - (2px + (3px * 2)))'>ok</p>").body).toContain("calc(");
    expect(clean("<style>@media screen{@supports (color:red){p{color:red}}}</style><p>ok</p>").styles).toContain("color");
  });

  test("that wants to cover the page stays in the flow", () => {
    const shown = everything(clean("<style>*{position: FIXED}</style><div style='position:fixed;inset:0;z-index:9999'>x</div>"));

    expect(shown).not.toMatch(/fixed/i);
  });

  test.each([
    "position:f\\ixed", "position:fix\\65 d", "position:\\2f*x*\\2f fixed", "position:absolute", "position:var(--x)", "POSITION : sticky !important",
    "position:absolute; margin-top:-5000px", "margin:0 0 -300px", "margin-left:calc(0px - 5000px)", "top:-9000px", "inset:-50vh", "margin-top:-90em",
    "transform:translateY(-5000px)",
  ])("does not leave its place by %s", (style) => {
    const { css } = safeCss(style, () => null);

    expect(css).not.toMatch(/fixed|absolute|sticky|var|\\|-\s*\d{2}|calc|translate/i);
  });
});

describe("the direction of writing", () => {
  test.each([
    ["a mark in a link's words", "<a href='https://a.example/x'>rechnung&#x202e;fdp.exe</a>", ">rechnungfdp.exe<"],
    ["a mark before a link", "<p>\u202e<a href='https://a.example/x'>txt.exe</a></p>", "<p><a"],
    ["a mark in what a pointer is told", "<img alt='\u202egpj.exe' src='https://a.example/x'>", ">gpj.exe<"],
    ["an element", "<bdo dir=rtl>exe.gpj</bdo>", "exe.gpj"],
  ])("is not turned by %s", (_, html, shown) => {
    const { body } = clean(html);

    expect(body).toContain(shown);
    expect(body).not.toMatch(/[\u202a-\u202e\u2066-\u2069]|<bdo/);
  });

  test("is not turned by a style, however it is written", () => {
    const shown = everything(clean("<style>p{UNICODE-BIDI : bidi-override;direction:rtl}</style><p style='unicode-\\62 idi:isolate-override'>exe.gpj</p>"));

    expect(shown).not.toMatch(/unicode-bidi/i);
    expect(shown).toContain("direction:rtl");
  });

  test("of a link's address is told as it is sent", () => {
    expect(clean("<a href='https://a.example/\u202etxt.exe'>x</a>").body).toContain('title="https://a.example/%E2%80%AEtxt.exe"');
  });

  test("is the sender's where it is meant", () => {
    expect(clean("<p dir=rtl>שלום <bdi>Anna</bdi>\u200F!</p>").body).toBe('<p dir="rtl">שלום <bdi>Anna</bdi>\u200F!</p>');
  });
});

describe("things from outside", () => {
  test.each([
    ["a picture", "<img src='https://t.example/p.gif'>"],
    ["a picture without scheme", "<img src='//t.example/p.gif'>"],
    ["an insecure picture", "<img src='http://t.example/p.gif'>"],
    ["a table background", "<table background='https://t.example/b.png'><tr><td>x</table>"],
    ["a style background", "<p style='background:url(https://t.example/b.png)'>x"],
    ["a quoted style background", "<p style='background-image: URL( \"https://t.example/b.png\" )'>x"],
    ["an escaped style background", "<p style='background:\\75rl(https://t.example/b.png)'>x"],
    ["a letter written as an escape", "<p style='background:u\\rl(https://t.example/b.png)'>x"],
    ["an unclosed style background", "<p style='background:url(https://t.example/b.png'>x"],
    ["an unclosed quoted style background", "<p style='background:url(\"https://t.example/b.png'>x"],
    ["an unclosed image set", "<p style='background:image-set(\"https://t.example/b.png\" 1x'>x"],
    ["an import with an escaped letter", "<style>@imp\\ort 'https://t.example/x.css';p{color:red}</style>x"],
    ["a commented style background", "<p style='background:u/**/rl(https://t.example/b.png)'>x"],
    ["a style sheet import", "<style>@import url('https://t.example/x.css');p{color:red}</style>x"],
    ["a bare import", "<style>@import 'https://t.example/x.css';p{color:red}</style>x"],
    ["a font", "<style>@font-face{font-family:x;src:url(https://t.example/f.woff)}</style>x"],
    ["an image set", "<p style='background:image-set(\"https://t.example/b.png\" 1x)'>x"],
    ["a body background", "<body background='https://t.example/b.png'>x</body>"],
  ])("%s is held back, and that is told", (_, html) => {
    const mail = clean(html);

    expect(everything(mail)).not.toContain("t.example");
    expect(mail.hasRemote).toBe(true);
  });

  test.each([
    "<img srcset='https://t.example/p.gif 2x' src='data:image/png;base64,AA=='>",
    "<video poster='https://t.example/p.png' src='https://t.example/v.mp4'></video>x",
    "<svg><image href='https://t.example/p.png'/></svg>x",
    "<picture><source srcset='https://t.example/p.png'></picture>x",
    "<input type=image src='https://t.example/p.png'>x",
  ])("%s never asks for anything", (html) => {
    expect(everything(clean(html, "named"))).not.toContain("t.example");
  });

  test("are named, for the page to put them in, when the reader asks; a counting pixel never is", () => {
    const mail = clean(
      "<style>p{background:url('http://t.example/s.png')}</style><img src='http://t.example/p.gif'><table background='//t.example/t.png'></table>"
      + "<p style='background:red url(https://t.example/s.png)'>x<img width=1 height=1 src='https://t.example/count.gif'>", "named",
    );

    expect(new Set(mail.outside)).toEqual(new Set(["s.png", "p.gif", "t.png"].map((name) => `https://t.example/${name}`)));
    const [style, image, table] = ["s.png", "p.gif", "t.png"].map((name) => mail.outside.indexOf(`https://t.example/${name}`));
    expect(mail.styles).toContain(`var(--outside-${String(style)},none)`);
    expect(mail.body).toContain(`<img data-outside="${String(image)}">`);
    expect(mail.body).toContain(`var(--outside-${String(table)},none)`);
    expect(mail.body).toContain(`background:red var(--outside-${String(style)},none)`);
    expect(everything(mail)).not.toContain("t.example");
  });

  test("keep their addresses, over https only, in a letter of ours", () => {
    const mail = clean(
      "<style>p{background:url('http://t.example/s.png')}</style><img src='http://t.example/p.gif'><table background='http://t.example/t.png'></table>"
      + "<p style='background:url(http://t.example/b.png)'>x<p style='background:url(//t.example/c.png)'>y", "kept",
    );
    const shown = `${mail.styles}${mail.body}`;

    for (const name of ["s.png", "p.gif", "t.png", "b.png", "c.png"]) expect(shown).toContain(`https://t.example/${name}`);
    expect(shown).not.toContain("http://");
  });

  test("leave a quiet box of the picture's size with its words, a counting pixel leaves nothing", () => {
    const { body } = clean("<img src='https://t.example/p.png' width=200 height='80' alt='Unser Büro'><img src='https://t.example/1.gif' width=1 height=1>");

    expect(body).toBe('<span style="width: 200px; height: 80px;" data-held="" role="img" aria-label="Unser Büro">Unser Büro</span>');
  });

  test("mail without any tells so", () => {
    expect(clean("<p style='color:red'>x</p><img src='data:image/png;base64,AA=='>").hasRemote).toBe(false);
  });

  test("the frame's own policy forbids what cleaning might miss", () => {
    const look = { marginPx: 24, paper: "light" } as const;

    expect(frameDocument(clean("x"), look)).toContain("default-src 'none'; img-src blob: data:;");
  });
});

describe("ordinary mail", () => {
  test("shows its inline pictures and names them", () => {
    const mail = clean("<img src='cid:known@x'><img src='cid:%3Cother@x%3E'>");

    expect(mail.body).toContain('src="blob:here"');
    expect([...mail.cids]).toEqual(["known@x", "<other@x>".slice(1, -1)]);
  });

  test("keeps links, opened apart, with their real target as title", () => {
    const { body } = clean("<a href='https://bank.example/x'>www.other.example</a><a href='mailto:a@b.example'>m</a>");

    expect(body).toContain('target="_blank"');
    expect(body).toContain('rel="noopener noreferrer nofollow"');
    expect(body).toContain('title="https://bank.example/x"');
    expect(body).toContain("mailto:a@b.example");
  });

  test("keeps its tables, colours and reading direction", () => {
    const mail = clean("<html dir=rtl><body bgcolor='#eeeeee' text=navy><table width=600><tr><td align=right>x</table></body></html>");

    expect(mail.body).toContain('<table width="600">');
    expect(mail.body).toContain('align="right"');
    expect(mail.bodyStyle).toBe("background-color:#eeeeee;color:navy");
    expect(mail.direction).toBe("rtl");
  });

  test("without colours of its own is shown in those of the page, in lines of a readable length", () => {
    const mail = clean("<p style='margin:0'>Guten Tag</p><b>x</b>");
    const shown = frameDocument(mail, { marginPx: 24, paper: "dark" });

    expect(mail.isPlain).toBe(true);
    expect(shown).toContain("color-scheme:dark");
    expect(shown).toContain("max-width:calc(72ch");
    expect(shown).toContain('font:15px/1.55 "Inter Variable"');
  });

  test.each([
    "<style>p{color:red}</style>x", "<p style='BACKGROUND :#fff'>x", "<font color=red>x</font>", "<table bgcolor=white><tr><td>x</table>",
    "<body text=navy>x</body>", "<body style='background-color:#fff'>x</body>",
  ])("that names a colour is written for white paper: %s", (html) => {
    expect(clean(html).isPlain).toBe(false);
  });

  test("with a background of its own has it on the whole sheet, not on its lines alone", () => {
    const shown = new DOMParser().parseFromString(frameDocument(clean("<body style='background:#000;color:#fff'>x</body>"), { marginPx: 24, paper: "light" }), "text/html");

    expect(shown.body.getAttribute("style")).toContain("background:#000");
    expect([...shown.querySelectorAll("style")].map((each) => each.textContent).join("")).not.toMatch(/html(?:,body)?\{[^}]*background/);
  });

  test("may be empty or garbage", () => {
    expect(clean("").body).toBe("");
    expect(clean("<<<>>&&& \0").body).not.toMatch(/<script/);
  });
});

describe("a sheet in which HTML could see markup", () => {
  const OUTLOOK = '<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style type="text/css" style="display:none">\r\n<!--\r\np\r\n\t{margin-top:0;\r\n\tmargin-bottom:0}\r\n-->\r\n</style></head><body dir="ltr"><p>x</p></body></html>';
  const styles = (sheet: string, media = ""): string => clean(`<style${media}>${sheet}</style><p>x</p>`).styles.trim();

  test("is Outlook's, which Microsoft delivers inside a comment", () => {
    expect(clean(OUTLOOK).styles.trim()).toBe("p {margin-top:0; margin-bottom:0}");
  });

  test.each([
    ["<!-- p{margin:0} -->", "p{margin:0}"],
    ["<!--p{margin:0}--><!--i{margin:0}-->", "p{margin:0} i{margin:0}"],
    ["/* was <b> */ p{margin:0}", "p{margin:0}"],
    ["p{margin:0}/* </b> <!-- */", "p{margin:0}"],
    ["@media (400px <= width){p{margin:0}}", "@media (400px <= width){p{margin:0}}"],
    ["p:after{content:'<b>'}", "p:after{content:'< b>'}"],
    ["<!--/* --> p{margin:0} */ i{margin:0}", "i{margin:0}"],
  ])("keeps its rules: %s", (sheet, rules) => {
    expect(styles(sheet)).toBe(rules);
  });

  test("keeps its first rule too where it counts for some media only", () => {
    expect(styles("<!-- p{margin:0} -->", " media=print")).toBe("@media print{ p{margin:0} }");
  });

  test.each(["text/less", "text/x-scss", "module"])("of another language (%s) is none", (type) => {
    expect(clean(`<style type="${type}">p{margin:0}</style><p>x</p>`).styles.trim()).toBe("");
  });

  const IMAGE = "<img src=x onerror=alert(1)>";
  test.each([
    `<style><!--</style>${IMAGE}-->`, `<style><!--</style>--><script>alert(1)</script>`, `<style><!-- </sty<!--le>${IMAGE} --></style>`, `<style></sty--><!--le>${IMAGE}</style>`,
    `<style></sty/**/le>${IMAGE}</style>`, `<style><</style>/style>${IMAGE}`, `<style>\\3c/style>\\3cimg src=x onerror=alert(1)></style>`, `<style>\\3c /style \\3e \\3c script>alert(1)\\3c /script></style>`,
    `<style>\\<!---->/style>${IMAGE}</style>`, `<style><@import "x";/style>${IMAGE}</style>`, `<style><\\"/style>${IMAGE}</style>`, `<style>a{background:url("https://a.example/</style>${IMAGE}")}`,
    `<style media="print</style>${IMAGE}">a{}</style>`, `<style>a{}}</style></style>${IMAGE}`, `<style><style></style></style>${IMAGE}</style>`,
    `<svg><style><!--</style>${IMAGE}--></style></svg>`, `<svg></p><style><a id="</style>${IMAGE}">`, `<svg><style>&lt;!--&lt;/style>${IMAGE}--></style></svg>`, `<svg><desc><style><!--</style>${IMAGE}--></style></desc></svg>`,
    `<svg><foreignObject><style><!--</style>${IMAGE}--></style></foreignObject></svg>`, `<math><mtext><style><!--</style>${IMAGE}--></style></mtext></math>`, `<math><style><!--</style>${IMAGE}--></style></math>`,
    `<math><annotation-xml encoding="text/html"><style><!--</style>${IMAGE}--></style></annotation-xml></math>`, `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">`,
    `<form><math><mtext></form><form><mglyph><style></math>${IMAGE}`, `<noscript><style></noscript>${IMAGE}</style>`, `<noscript><p title="</noscript>${IMAGE}"><style><!--</style>`, `<xmp><style></xmp>${IMAGE}</style>`,
    `<textarea><style></textarea>${IMAGE}</style>`, `<title><style></title>${IMAGE}</style>`, `<iframe><style></iframe>${IMAGE}</style>`, `<select><style></select>${IMAGE}</style>`, `<table><style><!--</table>${IMAGE}</style>`,
    `<template><style><!--</style>${IMAGE}</template>`, `<style><template></style>${IMAGE}</template>`, `<p id="<style>"><style><!--"></style>${IMAGE}`, `<!--<style>-->${IMAGE}<!--</style>-->`, `<style><![CDATA[</style>${IMAGE}]]>`,
  ])("ends where the browser ends it, and brings nothing else with it (%#)", (html) => {
    const mail = clean(`<b>first</b>${html}<!-- "> --></style></svg></math></template></textarea></select><i>last</i>`);
    const shown = new DOMParser().parseFromString(frameDocument(mail, { marginPx: 24, paper: "light" }), "text/html");

    expect(shown.querySelectorAll("script,img[onerror],img[src],iframe,svg,math,template,noscript,xmp,textarea,title,select,form,body style").length).toBe(0);
    expect([...shown.querySelectorAll("*")].flatMap((each) => [...each.attributes]).filter(({ name }) => /^on/.test(name))).toEqual([]);
    expect(shown.head.querySelectorAll("style").length).toBe(2);
    expect(shown.body.innerHTML).toBe(mail.body);
    expect(everything(mail)).not.toMatch(/<!--|<\/?style|<script/i);
  });
});

describe("ids", () => {
  test("are what sheets go by, and never those of the page", () => {
    const mail = clean("<style>#bodyTable td,#x{color:#fafafa}@media print{#bodyTable{margin:0}}a{color:#abc}</style><table id=bodyTable><tr><td id=location>x</table>");

    expect(mail.styles).toBe("#user-content-bodyTable td,#user-content-x{color:#fafafa}@media print{#user-content-bodyTable{margin:0}}a{color:#abc}");
    expect(mail.body).toContain('<table id="user-content-bodyTable">');
    expect(mail.body).not.toMatch(/id="(?!user-content-)/);
  });

  test.each([
    ["@import 'x';#a{color:#fff}", " #user-content-a{color:#fff}"], ["a{color:#fff;#b{color:#eee}}", "a{color:#fff;#user-content-b{color:#eee}}"],
    ["#a", "#a"], ["a{background:#fff", "a{background:#fff"], ["#1a{color:#fff}", "#1a{color:#fff}"],
  ])("are told from colours: %s", (sheet, shown) => {
    expect(clean(`<style>${sheet}</style>x`).styles).toBe(shown);
  });
});

describe("mail that names colours of links and black ink alone, as all of Outlook does,", () => {
  const WORD = `<style>\r\n<!--\r\n@font-face\r\n\t{font-family:"Cambria Math"}\r\np.MsoNormal, li.MsoNormal, div.MsoNormal\r\n\t{margin:0cm;\r\n\tfont-size:11.0pt;\r\n\tfont-family:"Calibri",sans-serif}\r\na:link, span.MsoHyperlink\r\n\t{color:#0563C1;\r\n\ttext-decoration:underline}\r\na:visited, span.MsoHyperlinkFollowed\r\n\t{color:#954F72}\r\nspan.EmailStyle17\r\n\t{font-family:"Calibri",sans-serif;\r\n\tcolor:windowtext}\r\n.MsoChpDefault\r\n\t{font-size:10.0pt}\r\n@page WordSection1\r\n\t{margin:70.85pt 70.85pt 2.0cm 70.85pt}\r\ndiv.WordSection1\r\n\t{}\r\n-->\r\n</style>`;

  test("is shown in those of the page, links too", () => {
    const mail = clean(`${WORD}<body lang="DE" link="#0563C1" vlink="#954F72"><div class="WordSection1"><p class="MsoNormal">x <a href="https://a.example">y</a></p></div></body>`);

    expect(mail.styles).toContain("p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm;");
    expect(mail.isPlain).toBe(true);
    expect(frameDocument(mail, { marginPx: 24, paper: "dark" })).toContain("{color:#86a8ff!important}");
    expect(clean("<div style='color:rgb(0, 0, 0)'>x <font color='#000000'>y</font></div>").isPlain).toBe(true);
    expect(frameDocument(mail, { marginPx: 24, paper: "light" })).not.toContain("!important}img");
  });

  test.each([
    "p{color:windowtext}", "p{color:inherit}", "p{background:transparent !important}", "@media screen{a{color:#00f}}", "td > a.x:hover{color:#00f}", "p.a{margin:0}", "",
    "p{color:black}", "p{color:#000 !important}", "p{COLOR: rgb(0, 0, 0)}", "a.button{color:#fff;background:none;padding:8px}", "@media print{@media screen{p{margin:0}}}",
  ])("is plain: %s", (sheet) => {
    expect(clean(`<style>${sheet}</style><p>x</p>`).isPlain).toBe(true);
  });

  test("can be read in the dark where it was gone over with a marker, and in a summary of its own", () => {
    const shown = frameDocument(clean("<mark>x</mark><details><summary style='color:#000'>y</summary></details>"), { marginPx: 24, paper: "dark" });

    expect(shown).toMatch(/:is\(mark,mark \*\)[^{}]*\{color:#1a1d23!important\}/);
    expect(shown).toContain(":is(body,body *):not(.poststelle-folded>summary,.poststelle-folded>summary *)");
    expect(shown).not.toMatch(/:not\(summary/);
  });

  test.each([
    "p,a{color:#00f}", "a{color:#00f}p{color:#111}", "a{margin:0}p{color:#111", "@media screen{a{color:#00f}p{color:#111}}", "abbr{color:#111}", "a p{color:#111}", "p.a{color:#111}", "a + b{color:#111}", "p{background:none #fff}",
    "a{color:#00f}} p{color:#111}", "p{color:windowtext;background-color:#eee}", "p{background:#000}", "p{color:black}i{color:#111}", "p{background:white}",
    "a.button{background:#2450c8;color:#fff}", "a.button{background-color:#dfe7ff;color:#1a1d23}", "p{-webkit-text-fill-color:#000}", "a{-webkit-text-fill-color:#00f}",
    "div{background:#fff;&.x{margin:0}}", "div{margin:0;p{margin:0}}", "@media screen{div{background:#fff;@media print{margin:0}}}",
  ])("is not, for it names others: %s", (sheet) => {
    expect(clean(`<style>${sheet}</style><p>x</p>`).isPlain).toBe(false);
  });
});

test.each(["url(".repeat(30_000), `url(${" ".repeat(60_000)}`, 'url("'.repeat(20_000), "image-set(".repeat(10_000), "/*".repeat(50_000), "@import".repeat(15_000), "@import ".repeat(60_000) + "{", "@import{".repeat(60_000)])(
  "hostile style text is read in a moment (%#)", (css) => {
    const before = process.cpuUsage();
    safeCss(css, () => null);

    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
  },
);

test("style text keeps what is harmless", () => {
  expect(safeCss("p{color:red;background:url(data:image/png;base64,AA==)}", () => null)).toEqual({
    css: "p{color:red;background:url(data:image/png;base64,AA==)}", hasRemote: false,
  });
});

test.each([
  ["@media (prefers-color-scheme:dark){body{background:#000}}", "@media (max-width:0){body{background:#000}}"],
  ["@media not (Prefers-Color-Scheme : Dark){b{color:red}}", "@media not (max-width:0){b{color:red}}"],
  ["@media (prefers-color-scheme:light){b{color:red}}", "@media (min-width:0){b{color:red}}"],
  ["@media (prefers-color-scheme){b{color:red}}", "@media (max-width:0){b{color:red}}"],
  ["@media screen and ( Prefers-Color-Scheme ){b{color:red}}", "@media screen and ( max-width:0 ){b{color:red}}"],
  ["b.prefers-color-scheme{color:red}", "b.prefers-color-scheme{color:red}"],
  ["@media (prefers-color-\\scheme:\\64 ark){b{color:red}}", "@media (max-width:0){b{color:red}}"],
])("mail on white paper never looks as on a dark device: %s", (css, shown) => {
  expect(safeCss(css, () => null).css).toBe(shown);
});

describe("rules for some media only", () => {
  const RULE = "b{color:red}";
  const styled = (media: string, rules = RULE): string => clean(`<style media="${media.replace(/"/g, "&quot;")}">${rules}</style><b>x</b>`).styles.trim();

  test.each([
    ["print", "@media print{b{color:red}}"],
    ["only screen and (max-width:480px)", "@media only screen and (max-width:480px){b{color:red}}"],
    ["screen and (400px <= width <= 700px), print", "@media screen and (400px <= width <= 700px), print{b{color:red}}"],
    ["(prefers-color-scheme:dark)", "@media (max-width:0){b{color:red}}"],
    ["(prefers-color-scheme: light)", "@media (min-width:0){b{color:red}}"],
    ["screen and (prefers-color-scheme)", "@media screen and (max-width:0){b{color:red}}"],
    ["(prefers-color-\\scheme:/**/dark)", "@media (max-width:0){b{color:red}}"],
    ["print/* to paper */", "@media print{b{color:red}}"],
    ["(400px<width)", "@media (400px< width){b{color:red}}"],
    ["print \\3c/style>x", "@media print < /style>x{b{color:red}}"],
    ["print:x", "@media print:x{b{color:red}}"],
  ])("count for those: %s", (media, shown) => {
    expect(styled(media)).toBe(shown);
  });

  test.each(["", " ", "all", " ALL ", "/* any */all"])("count always when those are all: '%s'", (media) => {
    expect(styled(media)).toBe(RULE);
  });

  test.each([
    "print{} b{color:blue}", "print}", "print;", "@import 'https://t.example/x'", "(max-width:1px", "max-width:1px)", "((x)", "'print'", 'print"', "print\\7b",
    "print, url(https://t.example/x)'", "print </style><script>alert(1)</script>", "print --> x", "print ]> x", "(--x)", `print${",print".repeat(100)}`, "print\\3c /style>;", `${"(".repeat(60_000)}`,
  ])("are left out when those can't be read (%#)", (media) => {
    const mail = clean(`<style media="${media.replace(/"/g, "&quot;")}">${RULE}</style><b>x</b>`);

    expect(everything(mail)).toBe("<b>x</b>");
  });

  test.each([
    ["} b{color:blue}", "@media print{  b{color:blue}}"],
    ["b{color:red", "@media print{b{color:red}}"],
    ["b{content:'}';color:red}", "@media print{b{content:'}';color:red}}"],
    ["b{content:'}", "@media print{b{content:'}'}}"],
    ["b{color:rgb(1,2,3", "@media print{b{color:rgb(1,2,3)}}"],
    ["b{color:red}/* open", "@media print{b{color:red}}"],
    ["@import 'x'", "@media print{ }"],
  ])("stay within them: %s", (rules, shown) => {
    expect(styled("print", rules)).toBe(shown);
  });

  test("leave the sheets beside them alone", () => {
    expect(clean("<style media=print>i{color:red</style><style>b{color:red}</style>x").styles).toBe("@media print{i{color:red}}\nb{color:red}");
  });
});

test("removing one thing never joins two others into a third", () => {
  expect(safeCss("@im@import 'a';port 'https://t.example/x.css';", () => null).css).not.toContain("@import");
  expect(safeCss("posi</styletion:fixed", () => null).css).not.toContain("position");
});

test("a layout's small corrections stay", () => {
  const css = "p{margin:0 -8px;position:relative;top:-1px;content:-webkit-x}";

  expect(safeCss(css, () => null).css).toBe(css);
});

test("content ids are compared without brackets and encoding", () => {
  expect([bareCid("<a@b>"), bareCid("a%40b"), bareCid("50%")]).toEqual(["a@b", "a@b", "50%"]);
});
