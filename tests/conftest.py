"""One torch thread: the machines that run this are small and the tensors smaller.

And the grader's workers, and what a cell displays, for the tests of figures and controls.
"""

import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from ipywidgets import Box
from ipywidgets.widgets.widget import _instances

from tests.kernels import preloaded


@pytest.fixture(scope="session")
def cluster():
    """The address of two of the grader's workers that stay, so that their start is waited for once."""
    from grading.command import connect

    client = connect(None, 2)
    assert client.cluster and client.scheduler
    yield client.scheduler.address
    client.cluster.close()
    client.close()


@pytest.fixture(scope="session")
def kernels(tmp_path_factory):
    """From here on, new kernels have PyTorch loaded when they begin (on Linux)."""
    if sys.platform != "linux":
        yield
        return
    with preloaded(tmp_path_factory.mktemp("kernels")):
        yield


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
