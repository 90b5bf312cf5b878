"""The process inside a sandbox that keeps everything loaded and forks once for each notebook.

A socket tells it of each notebook and hands over the channel to it. Every notebook gets namespaces
of its own, a private scratch folder, limits, and a watcher; when it ends, everything that it
started ends with it. What judges is never loaded here. Linux only.
"""

import base64
import ctypes
import gc
import json
import os
import resource
import select
import socket
import sys
import time
import traceback
from collections.abc import Callable

import psutil

from grading.learner.channel import BROKEN, READY, Channel
from grading.learner.confine import confine, need

# What notebooks import of the course: at once, or it is said at once that it is not to be seen.
from helpers import data, show, weights  # noqa: F401

NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000  # user, pid, mount, ipc
SET_DUMPABLE = 4
READ_ONLY = 1 | 2 | 4 | 32 | 4096  # and no setuid, no devices: a remount of what is bound
SCRATCH = "/scratch"
MEGABYTE = 2**20
LOOK_SECONDS = 0.1  # between two looks at a notebook's processes


def preload() -> None:
    """Import what notebooks import, once."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.font_manager  # its list of fonts takes long
    import matplotlib.pyplot as plt
    import matplotlib_inline.backend_inline  # noqa: F401
    import numpy as np
    import torch
    import torchvision.transforms.functional  # noqa: F401
    import tqdm.auto

    from grading.learner import cells  # noqa: F401
    from helpers.probes import functions, modules  # noqa: F401

    torch.set_num_threads(1)
    tqdm.tqdm.monitor_interval = 0  # no thread beside the notebook
    layer = torch.nn.Conv2d(1, 1, 3)
    layer(torch.zeros(1, 1, 4, 4)).sum().backward()  # what torch loads at first use
    fig, ax = plt.subplots()
    ax.imshow(np.zeros((2, 2)))
    ax.set_title("a")
    fig.canvas.draw()
    plt.close(fig)


def enter_private_place(limits: dict) -> None:
    """Leave the other processes' sight; an empty folder of our own; limits."""
    libc = ctypes.CDLL(None, use_errno=True)
    mapped = psutil.Process().memory_info().vms  # addresses that the libraries take already

    user, group = os.getuid(), os.getgid()
    libc.prctl(SET_DUMPABLE, 1, 0, 0, 0)  # or we could not write our own uid_map
    need(libc.unshare(NEW_NAMESPACES))
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{user} {user} 1"),
        ("gid_map", f"{group} {group} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    if os.fork():  # what comes after is process 1 of the new namespace
        os.wait()
        os._exit(0)
    size = f"size={limits['scratch_mb']}m".encode()
    for place in (SCRATCH, "/tmp", "/dev/shm"):
        if any(path.startswith(f"{place}/") for path in (sys.prefix, sys.base_prefix, __file__)):
            # the course lies there, as a fresh clone may: nobody writes beside it
            need(libc.mount(None, place.encode(), None, READ_ONLY, None))
        else:
            need(libc.mount(b"tmpfs", place.encode(), b"tmpfs", 6, size))
    if libc.mount(b"proc", b"/proc", b"proc", 14, None):  # refused to root: show none at all
        need(libc.mount(b"tmpfs", b"/proc", b"tmpfs", 14, b"size=4k"))
    os.chdir(SCRATCH)
    for kind, most in (
        (resource.RLIMIT_AS, mapped + limits["memory_mb"] * MEGABYTE),
        (resource.RLIMIT_FSIZE, limits["scratch_mb"] * MEGABYTE),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_NOFILE, 256),
    ):
        resource.setrlimit(kind, (most, most))
    confine()


def be_notebook(channel: Channel, job: dict) -> None:
    """The forked process: serve the grader until it lets go."""
    from grading.learner.cells import Notebook

    try:
        quiet = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(quiet, standard)
        enter_private_place(job["limits"])
        _, files, _ = channel.receive()
        for name, content in json.loads(files).items():
            with open(name, "wb") as file:
                file.write(base64.b64decode(content))
        limits = job["limits"]
        notebook = Notebook(channel, limits["cell_seconds"], limits["test_seconds"])
        channel.send(READY)
    except Exception:  # no fault of the notebook's
        channel.send(BROKEN, traceback.format_exc().encode())
        return
    notebook.serve()


def watch(child: int, control: socket.socket, limits: dict, held: int) -> str:
    """Wait until the grader, the process or a limit ends the run; which limit, if any."""
    process, reason = psutil.Process(child), ""
    try:
        while not reason and process.status() != psutil.STATUS_ZOMBIE:
            ready, _, _ = select.select([control], [], [], LOOK_SECONDS)
            if ready:
                control.recv(1)  # the grader has all that it wants, or is gone
                break
            reason = excess(process, limits, held)
    except psutil.NoSuchProcess:
        pass
    end_tree(process)
    os.waitpid(child, 0)
    return reason


def excess(process: psutil.Process, limits: dict, held: int) -> str:
    """Which limit was passed, in words; empty if none. `held` is what a fork holds at no cost."""
    family = [process, *process.children(recursive=True)]
    if len(family) > limits["processes"]:
        return f"it started more than {limits['processes']} processes"
    most = limits["memory_mb"] * MEGABYTE
    if total(family, lambda p: p.memory_info().rss - held) > most and (
        total(family, lambda p: p.memory_full_info().pss) - held > most
    ):  # exact, but slow
        return f"it used more than {limits['memory_mb']} MB of memory"
    return ""


def held_by_a_fork() -> int:
    """Bytes of what was loaded before that a new fork of this process counts as its own."""
    reading, writing = os.pipe()
    if not os.fork():
        os.write(writing, str(psutil.Process().memory_info().rss).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        held = int(file.read())
    os.wait()
    return held


def total(family: list[psutil.Process], of: Callable[[psutil.Process], int]) -> int:
    """The sum over the processes that are still there."""
    found = 0
    for process in family:
        try:
            found += max(0, of(process))
        except psutil.Error:
            continue
    return found


def end_tree(process: psutil.Process) -> None:
    """Kill a notebook's process and with it its namespace."""
    try:
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        family = [process]
    for one in reversed(family):
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue


def main() -> None:
    """Serve the grader at the socket with the number in the first argument until it ends."""
    control = socket.socket(fileno=int(sys.argv[1]))
    os.dup2(2, 1)
    ctypes.CDLL(None).prctl(SET_DUMPABLE, 0, 0, 0, 0)  # no other process may look inside
    preload()
    gc.collect()
    gc.freeze()  # what is loaded is never collected, so that forks go on sharing its memory
    gc.set_threshold(100_000, 100, 1000)  # a notebook's run is short
    held = held_by_a_fork()
    control.send(json.dumps({"ready": True}).encode())
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 2**16, 1)
        if not message:
            return
        if not descriptors:
            continue  # the end of a run that had ended by itself
        job = json.loads(message)
        child = os.fork()
        if not child:
            try:
                control.close()
                be_notebook(Channel(socket.socket(fileno=descriptors[0])), job)
            finally:
                os._exit(0)
        os.close(descriptors[0])
        begin = time.monotonic()
        reason = watch(child, control, job["limits"], held)
        control.send(
            json.dumps({"reason": reason, "seconds": round(time.monotonic() - begin, 3)}).encode()
        )


if __name__ == "__main__":
    main()
