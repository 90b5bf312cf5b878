"""Before you hand in: is the notebook whole, does it run, and what do its visible checks say?

The notebooks' last cell calls `before_you_submit`; `python -m helpers.ready NOTEBOOK` says the
same. Neither knows anything of the hidden tests, and both say so.
"""

import os
import sys
from pathlib import Path

from helpers.show import drawing


@drawing
def before_you_submit(name: str) -> None:
    """Report on the notebook that this is called from, with a button that runs it whole."""
    from helpers.exercise import RERUN
    from helpers.notebook_file import Unreadable
    from helpers.ready.finding import BAD, as_text
    from helpers.ready.findings import report

    if os.environ.get(RERUN):  # a notebook that is being run by the button does not press it
        return
    wanted = own_path(name)
    try:
        for line in report(wanted, run=False, tell=lambda *_: None):
            print(as_text(line))
    except (Unreadable, OSError) as error:
        print(f"{BAD} {error}")
        return
    print(
        "\nSave the notebook (Ctrl+S, on a Mac Cmd+S), then press the button. In a terminal:\n"
        f"    python -m helpers.ready {name}"
    )
    try:
        from helpers.widgets import run_button
    except ImportError:  # without ipywidgets there is still the command
        return
    run_button("Run it whole", [sys.executable, "-m", "helpers.ready", "--lines", wanted])


def own_path(name: str) -> str:
    """The running notebook's file: as Jupyter told the kernel, else by its assignment's name."""
    told = os.environ.get("JPY_SESSION_NAME", "")
    return told if told.endswith(".ipynb") and Path(told).is_file() else name
