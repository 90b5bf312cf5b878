"""Kernels that are there at once: forks of one process that has loaded what notebooks import.

PyTorch and its company take a kernel some four seconds of a processor, and the tests start dozens.
`preloaded` puts a kernelspec before the installed one; its command is this file, which asks the
process for a fork, stands for it towards Jupyter (signals, the exit code), and imports next to
nothing. nbval and the hub's test start their kernels as learners do. Linux only.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

# What ipykernel and Jupyter set for a kernel, and matplotlib reads when it is loaded
FOUND_WHEN_LOADED = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
LONGEST = 200_000  # bytes of a request, most of it the environment


@contextlib.contextmanager
def preloaded(folder: Path) -> Iterator[None]:
    """While this lasts, every new kernel is a fork; `folder` is empty and kept until then."""
    place = folder / "kernels" / "python3"
    place.mkdir(parents=True)
    here = [sys.executable, "-I", "-S", __file__, str(folder / "socket")]
    spec = {
        "argv": [*here, "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    (place / "kernel.json").write_text(json.dumps(spec))
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asked:
        asked.bind(str(folder / "socket"))
        asked.listen(16)
        process = subprocess.Popen(
            [sys.executable, "-P", __file__],
            stdin=asked.fileno(),
            env=os.environ | FOUND_WHEN_LOADED | {"JPY_PARENT_PID": str(os.getpid())},
        )
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder), before]))
    try:
        yield
    finally:
        os.environ.pop("JUPYTER_PATH")
        if before is not None:
            os.environ["JUPYTER_PATH"] = before
        process.terminate()
        process.wait()


def stand_for_a_kernel(place: str, *arguments: str) -> int:
    """Ask for a fork and wait for its end; its exit code. Who kills this kills the fork, too."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.connect(place)
    request = [["ipykernel_launcher", *arguments], os.getcwd(), dict(os.environ)]
    socket.send_fds(link, [json.dumps(request).encode()], [0, 1, 2])
    kernel = int(link.recv(100))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: os.kill(kernel, number))
    return int(link.recv(100) or 1)


def fork_kernels() -> None:
    """Load what notebooks import, and fork a kernel for each stand-in that knocks.

    Not ipywidgets and tqdm, which look round for their kernel when they are loaded.
    """
    import ipykernel.kernelapp  # noqa: F401
    import matplotlib.pyplot  # noqa: F401
    import nbformat  # noqa: F401
    import torchvision  # noqa: F401

    door = socket.socket(fileno=os.dup(0))
    selector = selectors.DefaultSelector()
    selector.register(door, selectors.EVENT_READ)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    while True:
        [(key, _), *_] = selector.select()
        if key.fileobj is door:
            link, _ = door.accept()
            text, streams, _, _ = socket.recv_fds(link, LONGEST, 3)
            kernel = os.fork()
            if not kernel:
                be_a_kernel(text, streams)
            for stream in streams:
                os.close(stream)
            link.send(str(kernel).encode())
            selector.register(link, selectors.EVENT_READ, kernel)
            selector.register(os.pidfd_open(kernel), selectors.EVENT_READ, (kernel, link))
        elif isinstance(key.fileobj, socket.socket):  # the stand-in was killed
            selector.unregister(key.fileobj)
            os.kill(key.data, signal.SIGKILL)
        else:  # the kernel has ended
            kernel, link = key.data
            code = os.waitstatus_to_exitcode(os.waitpid(kernel, 0)[1])
            with contextlib.suppress(OSError):
                link.send(str(code).encode())
            with contextlib.suppress(KeyError):
                selector.unregister(link)
            link.close()
            selector.unregister(key.fileobj)
            os.close(key.fd)


def be_a_kernel(request: bytes, streams: list[int]) -> NoReturn:
    """Go on as the kernel that a stand-in asked for, in its place, with its streams."""
    from ipykernel import kernelapp

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 1000)  # the door, and others' links
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.argv, place, environment = json.loads(request)
    os.setsid()
    os.chdir(place)
    os.environ.clear()
    os.environ.update(environment)
    kernelapp.launch_new_instance()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(stand_for_a_kernel(*sys.argv[1:]))
    fork_kernels()
