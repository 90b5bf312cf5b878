"""Pictures that a slider changes; a strip of some of them where there are no widgets."""

import html
from collections.abc import Callable, Mapping, Sequence

from helpers.show import as_html, drawing, folded, panels, png

View = Callable[[int], tuple[Mapping[str, object], str]]


@drawing
def explore(
    view: View, values: range, label: str, strip: Sequence[int], start: int | None = None,
    columns: int = 4,
) -> None:
    """Show what `view` makes of the number that a slider is set to.

    `view` returns titled pictures, each as in `helpers.show.pictures`, and a sentence about them.
    The slider stands at `start`, or at its first value. Without widgets, the pictures of the
    values in `strip` are there, folded.
    """
    def page(value: int) -> str:
        named, words = view(value)
        picture = as_html(png(panels(named, columns)), words)
        return f'{picture}<p class="course">{html.escape(words)}</p>'

    seen = {words: png(panels(named, columns)) for named, words in map(view, strip)}
    try:
        from helpers.widgets import explorer
    except ImportError:  # without ipywidgets there is still the strip
        pass
    else:
        explorer(page, lambda: values, label, start)
    folded(seen, "The same as a film strip, for pages without sliders")
