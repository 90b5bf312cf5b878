"""The controls of the notebooks: a button that runs a command. They need a live kernel."""

import json
import subprocess

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
            for line in child.stdout:
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
    display(ipywidgets.VBox([ipywidgets.HBox([button, bar]), output]))
