"""One torch thread: the machines that run this are small and the tensors smaller.

And what a cell displays, for the tests of figures and controls.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from ipywidgets import Box
from ipywidgets.widgets.widget import _instances


@pytest.fixture
def shown(monkeypatch):
    """What is displayed: the data of each output."""
    outputs = []
    for place in ("IPython.display.display", "helpers.widgets.display"):
        monkeypatch.setattr(place, lambda data, raw: outputs.append(data))
    return outputs


def controls(outputs):
    """The parts of the first control that is displayed."""
    identity = outputs[0]["application/vnd.jupyter.widget-view+json"]["model_id"]
    box = _instances[identity]
    assert isinstance(box, Box)
    return box.children
