"""Make what a student wrote, or what their code showed, harmless to whoever opens it.

Formgrader and the pages show stored outputs and Markdown in the instructor's browser. What is kept
is text, PNG pictures, and Markdown whose HTML is plain formatting.
"""

import base64
import html
import re

import bleach
from nbformat import NotebookNode

TAGS = frozenset(
    (
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "br",
        "hr",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
        "del",
        "details",
        "summary",
        "sub",
        "sup",
    )
)
PNG = b"\x89PNG\r\n\x1a\n"
SCHEME = re.compile(r"(?i)\b(javascript|vbscript|data|file|blob)(\s*:)")
PICTURE = re.compile(r"!(?=\s*\[)")


def harmless_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """The outputs as text and PNG pictures alone."""
    kept = []
    for output in outputs:
        if output.output_type in ("stream", "error"):
            kept.append(output)
            continue
        data = {
            kind: text
            for kind, text in output.get("data", {}).items()
            if kind == "text/plain" or (kind == "image/png" and is_png(text))
        }
        if data:
            alt = output.get("metadata", {}).get("alt")
            kept.append(
                NotebookNode(
                    output_type="display_data",
                    data=NotebookNode(data),
                    metadata=NotebookNode({"image/png": {"alt": str(alt)}} if alt else {}),
                )
            )
    return kept


def is_png(text: str) -> bool:
    """Whether this is a PNG picture in base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).startswith(PNG)
    except (ValueError, AttributeError):
        return False


def harmless_markdown(source: str) -> str:
    """Markdown without pictures from elsewhere, scripts in links, or HTML beyond formatting."""
    while (plain := html.unescape(source)) != source:  # "&#106;avascript:" is one, too
        source = plain
    source = PICTURE.sub("", source)
    source = bleach.clean(source, TAGS, {}, strip=False, strip_comments=True)
    source = source.replace("&gt;", ">").replace("&amp;", "&")  # of quotes and formulas
    return SCHEME.sub("\\1\u200b\\2", source)


def make_texts_harmless(notebook: NotebookNode, release: NotebookNode) -> None:
    """Do so to all texts of a notebook, in place; what stands in the release stays as it is."""
    ours = {cell.source for cell in release.cells}
    for cell in notebook.cells:
        if cell.cell_type != "code" and cell.source not in ours:
            cell.source = harmless_markdown(cell.source)
