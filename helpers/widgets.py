"""The controls of the notebooks. They need a live kernel, and ipywidgets in the page."""

import html
import json
import subprocess
from collections.abc import Callable
from typing import Any

import ipywidgets
from IPython.display import display


def run_button(label: str, command: list[str]) -> None:
    """Show a button that runs a command and lists what it prints below.

    The command prints lines of JSON: {"done": 3, "total": 40} moves a bar, {"text": "..."} is
    shown.
    """
    button = ipywidgets.Button(description=label, icon="play", button_style="primary")
    bar = ipywidgets.IntProgress(description="running", layout={"visibility": "hidden"})
    output = ipywidgets.Output()

    def pressed(_: object) -> None:
        button.disabled, bar.value, bar.layout.visibility = True, 0, "visible"
        output.clear_output()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            for line in child.stdout or ():
                message = json.loads(line)
                if "text" in message:
                    output.append_stdout(message["text"] + "\n")
                else:
                    bar.max, bar.value = message["total"], message["done"]
        finally:  # an interrupted kernel stops the run as well
            child.kill()
            child.wait()
            button.disabled, bar.layout.visibility = False, "hidden"

    button.on_click(pressed)
    show(ipywidgets.VBox([ipywidgets.HBox([button, bar]), output]), f"A button: {label}.")


def show(box: ipywidgets.Widget, words: str) -> None:
    """Show a control; where there can be none, `words` and what to do."""
    told = {"text/plain": f"{words} Run this cell in JupyterLab."}
    display((box._repr_mimebundle_() or {}) | told, raw=True)


# ipywidgets gives the handle of a slider no name that a screen reader could say.
NAME_SLIDERS = """
let tries = 0;
const timer = setInterval(() => {
    for (const handle of document.querySelectorAll('.noUi-handle:not([aria-label])')) {
        const label = handle.closest('.widget-slider')?.querySelector('.widget-label');
        if (label) handle.setAttribute('aria-label', label.innerText);
    }
    if (++tries > 20) clearInterval(timer);
}, 250);
"""


def explorer(
    view: Callable[..., str],
    values: Callable[..., range],
    label: str = "step",
    start: int | None = None,
    **choices: tuple[int, tuple[int, ...]],
) -> None:
    """Show a slider, drop-down lists of choices, and what `view` makes of both.

    Each choice is its value at the start and all its values. `values` is given the choices, and
    returns the slider's numbers; `view` is given the slider's number and every choice, and
    returns HTML. The slider stands at `start`, or at its first number.
    """
    lists = {
        name: ipywidgets.Dropdown(
            value=value, options=values, description=name, layout={"width": "11em"}
        )
        for name, (value, values) in choices.items()
    }
    slider = ipywidgets.IntSlider(
        description=label, layout={"width": "40em"}, style={"description_width": "initial"}
    )
    shown = ipywidgets.HTML()

    def options() -> dict[str, Any]:
        return {name: chosen.value for name, chosen in lists.items()}

    def redraw(_: object = None) -> None:
        shown.value = view(slider.value, **options())

    def restart(_: object = None) -> None:
        numbers = values(**options())
        with slider.hold_trait_notifications():
            slider.min, slider.max = numbers[0], numbers[-1]
            slider.value = numbers[0] if start is None else start
        redraw()

    restart()
    slider.observe(redraw, "value")
    for chosen in lists.values():
        chosen.observe(restart, "value")
    show(ipywidgets.VBox([ipywidgets.HBox(list(lists.values())), slider, shown]), "A slider.")
    display({"application/javascript": NAME_SLIDERS, "text/plain": ""}, raw=True)


def guess_box(choices: tuple[str, ...], reply: Callable[[str], str], how: str) -> None:
    """Show buttons for the choices, or a line to write in where there are none, and the reply.

    Where there can be no controls, `how` says what to do.
    """
    told = ipywidgets.HTML()
    if choices:
        box = ipywidgets.ToggleButtons(
            options=choices, value=None, description="Your guess", style={"button_width": "auto"}
        )
    else:
        box = ipywidgets.Text(
            description="Your guess",
            continuous_update=False,
            placeholder="write it and press Enter",
            layout={"width": "24em"},
        )

    def guessed(change: dict) -> None:
        if str(change["new"] or "").strip():
            told.value = f'<p class="course" role="status">{html.escape(reply(change["new"]))}</p>'

    box.observe(guessed, "value")
    bundle = (ipywidgets.VBox([box, told])._repr_mimebundle_() or {}) | {"text/plain": how}
    display(bundle, raw=True)
