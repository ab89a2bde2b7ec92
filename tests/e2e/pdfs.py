"""PDFs as small as they can be, sound and otherwise. Source: ISO 32000-1 §7.5 (file structure)."""

from collections.abc import Sequence

A4 = "0 0 595 842"


def pdf(pages: Sequence[str], *, catalog: str = "", box: str = A4, trailer: str = "") -> bytes:
    """A document with one line of Helvetica on each page; ``catalog`` and ``trailer`` are further entries."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} /MediaBox [{box}] >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, line in enumerate(pages):
        text = f"0.14 0.31 0.78 rg 60 700 200 80 re f 0 g BT /F1 24 Tf 60 640 Td ({line}) Tj ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * i} 0 R >>"
        )
        objects.append(f"<< /Length {len(text)} >>\nstream\n{text}\nendstream")
    return _written(objects, trailer)


def locked() -> bytes:
    """One that asks for a password nobody knows. Source: ISO 32000-1 §7.6.3."""
    keys = f"/O <{'41' * 32}> /U <{'42' * 32}>"
    return pdf(
        ["Geheim"],
        trailer=f"/ID [<{'43' * 16}> <{'43' * 16}>] /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 {keys} >>",
    )


def scripted(pages: Sequence[str]) -> bytes:
    """One that wants to run a script and to open a page of a stranger's as soon as it is opened."""
    script = "/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert\\(1\\)) >>] >> >>"
    return pdf(pages, catalog=f"/OpenAction << /S /URI /URI (https://fremd.example/da) >> {script}")


def boundless() -> bytes:
    """One whose page is wider than any screen, and than any canvas may be."""
    return pdf(["Weit"], box="0 0 999999999 842")


def _written(objects: Sequence[str], trailer: str) -> bytes:
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{place:010d} 00000 n \n" for place in places).encode()
    size = len(objects) + 1
    return (
        bytes(out) + f"trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF".encode()
    )
