"""Pictures that a slider changes; a strip of some of them where there are no widgets."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from helpers.show import as_html, drawing, folded, panels, png

STRIP = "Without a slider: the same as a strip of pictures"
View = Callable[[int], tuple[Mapping[str, object], str]]


@drawing
def explore(
    view: View,
    values: range,
    label: str,
    strip: Sequence[int],
    start: int | None = None,
    columns: int = 4,
) -> None:
    """Show what `view` makes of the number that a slider is set to.

    `view` returns titled pictures, each as in `helpers.show.pictures`, and a sentence about them.
    The slider stands at `start`, or at its first value. Without widgets, the pictures of the
    values in `strip` are there, folded.
    """

    def seen(value: int) -> tuple[str, bytes]:
        named, words = view(value)
        return words, png(panels(named, columns))

    slider_over(
        lambda value: page(*seen(value)),
        lambda: values,
        dict(map(seen, strip)),
        STRIP,
        label=label,
        start=start,
    )


def slider_over(
    view: Callable[..., str],
    values: Callable[..., range],
    instead: Mapping[str, bytes],
    title: str,
    **options: Any,
) -> None:
    """Show `helpers.widgets.explorer` where there are widgets, and what stands in for it, folded.

    `instead` and `title` are as in `helpers.show.folded`.
    """
    try:
        from helpers.widgets import explorer
    except ImportError:  # without ipywidgets there is still what is folded
        pass
    else:
        explorer(view, values, **options)
    folded(instead, title)


def page(words: str, picture: bytes) -> str:
    """A PNG with its words under it, as HTML."""
    return f'{as_html(picture, words)}<p class="course">{html.escape(words)}</p>'
