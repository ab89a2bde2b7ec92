"""A tiny word-processor document: a ZIP archive with the three parts every reader asks for.

Source: ECMA-376 Part 2 (packages) and Part 1 §17 (WordprocessingML).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from html import escape

_LONG_AGO = (2020, 1, 1, 0, 0, 0)  # archives must not depend on the day they are written
_OPEN = "http://schemas.openxmlformats.org"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def write_docx(paragraphs: Sequence[str]) -> bytes:
    """A .docx file with one plain paragraph for each string; the first one is set in bold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _parts(paragraphs):
            archive.writestr(_entry(name), _HEAD + text)
    return out.getvalue()


def write_zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A plain ZIP archive of (name, content) pairs, in the order given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(_entry(name), content)
    return out.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _parts(paragraphs: Sequence[str]) -> list[tuple[str, str]]:
    body = "".join(_paragraph(text, is_title=index == 0) for index, text in enumerate(paragraphs))
    types = (
        f'<Types xmlns="{_OPEN}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_WORD}"/></Types>'
    )
    relations = (
        f'<Relationships xmlns="{_OPEN}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{_OPEN}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
        "</Relationships>"
    )
    document = (
        f'<w:document xmlns:w="{_OPEN}/wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
    )
    return [("[Content_Types].xml", types), ("_rels/.rels", relations), ("word/document.xml", document)]


def _paragraph(text: str, *, is_title: bool) -> str:
    style = "<w:rPr><w:b/></w:rPr>" if is_title else ""
    return f'<w:p><w:r>{style}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
