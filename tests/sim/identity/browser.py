"""A browser of a few lines: follows redirects, keeps cookies, fills in and sends the form on the page."""

from __future__ import annotations

import http.client
import urllib.parse
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from selectolax.lexbor import LexborHTMLParser, LexborNode

REDIRECTS = (301, 302, 303, 307, 308)


@dataclass
class Browser:
    """``stays_at`` is the address prefix it may load; a redirect elsewhere is kept in ``left_for``."""

    stays_at: str
    language: str = "en"
    url: str = ""
    status: int = 0
    html: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    left_for: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def open(self, url: str) -> Browser:
        """Load an address."""
        return self._send("GET", url, None)

    def press(self, button: str, **values: str) -> Browser:
        """Fill in the form that has the button with this id, and press it."""
        return self._press(self.node(f"button#{button}"), values)

    def press_first(self, selector: str, **values: str) -> Browser:
        """The same with the first button of any selector."""
        return self._press(self.node(selector), values)

    def send(self, url: str, **values: str) -> Browser:
        """Post a form to an address, whether or not the page has one."""
        return self.post(url, urllib.parse.urlencode(values))

    def post(self, url: str, body: str) -> Browser:
        """Post a form-encoded body to an address."""
        return self._send("POST", url, body)

    def _press(self, node: LexborNode, values: dict[str, str]) -> Browser:
        form = _form_of(node)
        fields = _fields(form) | values
        if name := node.attributes.get("name"):
            fields[name] = node.attributes.get("value") or ""
        action = node.attributes.get("formaction") or form.attributes.get("action") or ""
        body = urllib.parse.urlencode(fields)
        return self._send("POST", urllib.parse.urljoin(self.url, action), body)

    def node(self, selector: str) -> LexborNode:
        """The element of this selector; AssertionError when the page has none."""
        found = LexborHTMLParser(self.html).css_first(selector)
        assert found is not None, f"{selector} is not on the page: {self.text()[:600]}"
        return found

    def nodes(self, selector: str) -> list[LexborNode]:
        """Every element of this selector."""
        return LexborHTMLParser(self.html).css(selector)

    def links(self) -> list[str]:
        """Where the page's links lead."""
        return [node.attributes.get("href") or "" for node in self.nodes("a[href]")]

    def has(self, selector: str) -> bool:
        """Whether the page has such an element."""
        return LexborHTMLParser(self.html).css_first(selector) is not None

    def text(self) -> str:
        """The page's words."""
        body = LexborHTMLParser(self.html).body
        return " ".join(body.text(separator=" ").split()) if body else ""

    def answer(self) -> dict[str, str]:
        """The fields brought back to the app: of the redirect, or of the form it would post."""
        if self.left_for:
            return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.left_for).query))
        return _fields(self.node("form#back"))

    def _send(self, method: str, url: str, body: str | None) -> Browser:
        self.left_for = ""
        for _ in range(10):
            self._load(method, url, body)
            if self.status not in REDIRECTS:
                return self
            url = urllib.parse.urljoin(url, self.headers["location"])
            if not url.startswith(self.stays_at):
                self.left_for = url
                return self
            method, body = "GET", None
        raise AssertionError("The pages redirect for ever.")

    def _load(self, method: str, url: str, body: str | None) -> None:
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        headers = {"Accept-Language": self.language}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, headers)
        response = connection.getresponse()
        self.url, self.status, self.html = url, response.status, response.read().decode()
        self.headers = {k.lower(): v for k, v in response.getheaders()}
        for text in response.headers.get_all("set-cookie") or []:
            self.cookies.update({k: m.value for k, m in SimpleCookie(text).items()})
        connection.close()


def _form_of(node: LexborNode) -> LexborNode:
    current: LexborNode | None = node
    while current is not None and current.tag != "form":
        current = current.parent
    assert current is not None, "The button is in no form."
    return current


def _fields(form: LexborNode) -> dict[str, str]:
    fields = {}
    for node in form.css("input[name], textarea[name]"):
        if node.attributes.get("type") != "checkbox":
            fields[node.attributes["name"] or ""] = node.attributes.get("value") or ""
    return fields
