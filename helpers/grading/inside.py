"""The process inside a sandbox that keeps everything loaded and forks once for each notebook.

It reads jobs from standard input and answers on standard output, each a JSON text with its length
before it. Every notebook gets a process namespace of its own, a private scratch folder, limits,
and a watcher; when it ends, everything that it started ends with it. Linux only.
"""

import ctypes
import gc
import json
import os
import resource
import select
import signal
import struct
import sys
import time
import traceback

NEW_NAMESPACES = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000  # user, pid, mount, ipc
SET_DUMPABLE = 4
READ_ONLY = 1 | 2 | 4 | 32 | 4096  # and no setuid, no devices: a remount of what is bound
SCRATCH = "/scratch"
MEGABYTE = 2**20


def read_message(stream) -> dict | None:
    """The next message; None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    return json.loads(stream.read(struct.unpack("<I", head)[0]))


def write_message(stream, message: dict) -> None:
    """Send a message."""
    body = json.dumps(message).encode()
    stream.write(struct.pack("<I", len(body)) + body)
    stream.flush()


def preload() -> object:
    """Import what notebooks import, once; the guard over it."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.font_manager  # its list of fonts takes long
    import matplotlib.pyplot as plt
    import matplotlib_inline.backend_inline  # noqa: F401
    import numpy as np
    import torch
    import torchvision.transforms.functional  # noqa: F401
    import tqdm.auto

    from helpers import data, show, weights  # noqa: F401
    from helpers.checks import blocks, inference, segmentation, training, transposed, unet  # noqa
    from helpers.grading import executor  # noqa: F401
    from helpers.grading.guard import Guard

    torch.set_num_threads(1)
    tqdm.tqdm.monitor_interval = 0  # no thread beside the notebook
    layer = torch.nn.Conv2d(1, 1, 3)
    layer(torch.zeros(1, 1, 4, 4)).sum().backward()  # what torch loads at first use
    fig, ax = plt.subplots()
    ax.imshow(np.zeros((2, 2)))
    ax.set_title("a")
    fig.canvas.draw()
    plt.close(fig)
    return Guard()


def enter_private_place(limits: dict) -> None:
    """Leave the other processes' sight; an empty folder of our own; limits."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/statm", "rb") as file:  # addresses that the libraries take already
        mapped = int(file.read().split()[0]) * resource.getpagesize()

    def need(result: int) -> None:
        if result:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    user, group = os.getuid(), os.getgid()
    libc.prctl(SET_DUMPABLE, 1, 0, 0, 0)  # or we could not write our own uid_map
    need(libc.unshare(NEW_NAMESPACES))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"),
                       ("gid_map", f"{group} {group} 1")):
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
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NPROC, limits["processes"]),
    ):
        resource.setrlimit(kind, (most, most))


def run_job(job: dict, guard: object, pipe: int) -> None:
    """The forked process: run the notebook, write reports into the pipe, end."""
    import base64

    from helpers.grading.executor import Executor

    write, pack, encode, token = os.write, struct.pack, json.dumps, job.pop("token")

    def send(report: dict) -> None:
        body = encode({**report, "token": token}).encode()
        body = pack("<I", len(body)) + body
        while body:
            body = body[write(pipe, body):]

    try:
        quiet = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(quiet, standard)
        enter_private_place(job["limits"])
        for name, content in job["files"].items():
            with open(name, "wb") as file:
                file.write(base64.b64decode(content))
        executor = Executor(guard, send, job["limits"]["cell_seconds"])
    except Exception:  # no fault of the notebook's
        send({"broken": traceback.format_exc()})
        return
    executor.run(job["cells"], job["skip"])
    send({"finished": True})


def watch(child: int, pipe: int, job: dict) -> dict:
    """Collect the reports until the notebook's process ends or goes beyond a limit."""
    limits, begin = job["limits"], time.monotonic()
    buffer, reports, reason = b"", [], ""
    os.set_blocking(pipe, False)
    while not reason:
        ready, _, _ = select.select([pipe], [], [], 0.05)
        if ready:
            block = os.read(pipe, 1 << 20)
            if not block:
                break
            buffer += block
        while len(buffer) >= 4 and len(buffer) >= 4 + struct.unpack("<I", buffer[:4])[0]:
            length = struct.unpack("<I", buffer[:4])[0]
            reports.append(buffer[4 : 4 + length])
            buffer = buffer[4 + length :]
        reason = excess(child, limits, begin, reports, buffer)
    end_tree(child)
    return {"reports": genuine(reports, job["token"]), "reason": reason,
            "seconds": round(time.monotonic() - begin, 3)}


def genuine(reports: list[bytes], token: str) -> list[dict]:
    """The reports that carry the job's token: a learner's own writing into the pipe does not."""
    found = []
    for report in reports:
        try:
            message = json.loads(report)
        except ValueError:
            continue
        if isinstance(message, dict) and message.pop("token", None) == token:
            found.append(message)
    return found


def excess(child: int, limits: dict, begin: float, reports: list, buffer: bytes) -> str:
    """Which limit was passed, in words; empty if none."""
    if time.monotonic() - begin > limits["total_seconds"]:
        return f"it ran longer than {limits['total_seconds']} seconds"
    if sum(map(len, reports)) + len(buffer) > limits["output_mb"] * MEGABYTE:
        return f"its output passed {limits['output_mb']} MB"
    family = descendants(child)
    if len(family) > limits["processes"]:
        return f"it started more than {limits['processes']} processes"
    inherited = resident(os.getpid())  # each fork holds what was loaded before it, at no cost
    if sum(max(0, resident(p) - inherited) for p in family) > limits["memory_mb"] * MEGABYTE:
        return f"it used more than {limits['memory_mb']} MB of memory"
    return ""


def descendants(root: int) -> list[int]:
    """A process and all that come from it."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as file:
                    parent = int(file.read().rpartition(b")")[2].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry))
    family, queue = [], [root]
    while queue:
        family += queue
        queue = [child for one in queue for child in parents.get(one, [])]
    return family


def resident(process: int) -> int:
    """Bytes of memory that a process holds, files and shared memory left out."""
    try:
        with open(f"/proc/{process}/statm", "rb") as file:
            _, held, shared, *_ = map(int, file.read().split())
    except (OSError, ValueError):
        return 0
    return (held - shared) * resource.getpagesize()


def end_tree(child: int) -> None:
    """Kill a notebook's process and with it its namespace."""
    for process in reversed(descendants(child)):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue
    os.waitpid(child, 0)


def main() -> None:
    """Serve jobs until standard input ends."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else may write among the answers
    ctypes.CDLL(None).prctl(SET_DUMPABLE, 0, 0, 0, 0)  # no other process may look inside
    begin = time.monotonic()
    guard = preload()
    gc.collect()
    gc.freeze()  # what is loaded is never collected, so that forks go on sharing its memory
    gc.set_threshold(100_000, 100, 1000)  # a notebook's run is short
    write_message(answers, {"ready": True, "seconds": round(time.monotonic() - begin, 3)})
    while (job := read_message(requests)) is not None:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.close(reading)
                answers.close()
                run_job(job, guard, writing)
            finally:
                os._exit(0)
        os.close(writing)
        answer = watch(child, reading, job)
        os.close(reading)
        write_message(answers, answer)


if __name__ == "__main__":
    main()
