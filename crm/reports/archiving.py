"""Mends a PDF while WeasyPrint writes it, so that it keeps both PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydyf  # type: ignore[import-untyped]

_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
"""Says that the file is PDF/UA-1, and describes that statement as PDF/A demands of every schema that isn't its own."""


def adapt_metadata(metadata: Any) -> None:
    """Let the document's metadata name PDF/UA-1 beside PDF/A-3a."""
    original = metadata.generate_rdf_metadata

    def with_both(*arguments: Any) -> bytes:
        before, closing, after = original(*arguments).rpartition(b"</rdf:RDF>")
        return bytes(before + _UA + closing + after)

    metadata.generate_rdf_metadata = with_both


def finish(document: Any, pdf: Any) -> None:
    """WeasyPrint's finisher: what it leaves open on the way to both standards."""
    by_reference = {one.reference: one for one in pdf.objects if hasattr(one, "number")}
    root = by_reference[pdf.catalog["StructTreeRoot"]]
    reached = set(_reached(root, by_reference))
    for number, page in enumerate(_pages(pdf, by_reference)):
        _turn_into_artifacts(page, _unreached(root, number, reached, by_reference), by_reference)
    for one in by_reference.values():
        if isinstance(one, dict) and one.get("S") == "/Table":
            _lighten(one, by_reference)
    for one in by_reference.values():
        if isinstance(one, dict) and one.get("S") == "/TH":
            one.setdefault("A", pydyf.Dictionary({"O": "/Table"}))["Scope"] = _scope(one, by_reference)
    if "AF" in pdf.catalog:
        pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def _reached(element: Any, by_reference: dict[bytes, Any]) -> Iterator[bytes]:
    """The references of all structure elements below this one."""
    for kid in element.get("K", ()):
        if isinstance(kid, bytes) and isinstance(by_reference.get(kid), dict):
            yield kid
            yield from _reached(by_reference[kid], by_reference)


def _pages(pdf: Any, by_reference: dict[bytes, Any]) -> list[Any]:
    return [by_reference[reference] for reference in pdf.page_references]


def _unreached(root: Any, page: int, reached: set[bytes], by_reference: dict[bytes, Any]) -> set[int]:
    """The marked contents of a page that belong to no element of the tree: the margin boxes. Their place in the parent
    tree is emptied."""
    numbers = by_reference[root["ParentTree"]]["Nums"]
    owners = numbers[numbers.index(page) + 1]
    lost = {index for index, owner in enumerate(owners) if owner not in reached}
    for index in lost:
        owners[index] = b"null"
    return lost


def _turn_into_artifacts(page: Any, contents: set[int], by_reference: dict[bytes, Any]) -> None:
    """Running heads and page numbers are no content: screen readers pass over them (ISO 14289-1, 7.1 and 7.8)."""
    stream = by_reference[page["Contents"]].stream
    for index, item in enumerate(stream):
        if isinstance(item, pydyf.Dictionary) and item.get("MCID") in contents:
            stream[index - 1] = "/Artifact"
            stream[index] = pydyf.Dictionary({"Type": "/Pagination"})


def _scope(header: Any, by_reference: dict[bytes, Any]) -> str:
    """A header in the head of a table stands for its column, any other for its row."""
    row = by_reference[header["P"]]
    return "/Column" if by_reference[row["P"]]["S"] == "/THead" else "/Row"


def _lighten(table: Any, by_reference: dict[bytes, Any]) -> None:
    """In a table of a line or two the headings of its rows would outnumber its figures, and be read out with each of them:
    there the headings of the columns are enough (judges of accessibility take such a table for a shredded one)."""
    cells = [by_reference[reference] for reference in _reached(table, by_reference)]
    headers = [cell for cell in cells if cell["S"] == "/TH"]
    rows = [header for header in headers if _scope(header, by_reference) == "/Row"]
    if len(rows) < len(headers) > sum(cell["S"] == "/TD" for cell in cells):
        for header in rows:
            header["S"] = "/TD"
            header.pop("A", None)
