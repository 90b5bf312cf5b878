"""Take away what a learner's process could use to get at other processes or around its limits.

No capabilities, none to be won back, and no system calls that mount, make namespaces or hold memory
that no process's size tells.
"""

import ctypes
import os
import platform
import struct

EPERM, ENOSYS = 1, 38
DROP_BOUND, NO_NEW_PRIVS, SECCOMP = 24, 38, 22  # of prctl
ALLOW, REFUSE = 0x7FFF0000, 0x00050000  # what a filter answers
# By machine: its number for filters, clone, clone3, and the calls that are refused: mount, umount2,
# unshare, setns, pivot_root, shmget, msgget, memfd_create, bpf, userfaultfd, add_key, keyctl; the
# last are those of the newer way to mount.
NEWER = (428, 429, 430, 431, 432, 433, 442)
MACHINES = {
    "x86_64": (
        0xC000003E,
        56,
        435,
        (165, 166, 272, 308, 155, 29, 68, 319, 321, 323, 248, 250, *NEWER),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        435,
        (40, 39, 97, 268, 41, 194, 186, 279, 280, 282, 217, 219, *NEWER),
    ),
}
NEW_USER = 0x10000000  # a flag of clone


def confine() -> None:
    """Confine this process and all that it starts, for good.

    Raises:
        OSError: the system refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        libc.prctl(DROP_BOUND, capability, 0, 0, 0)
    header = ctypes.create_string_buffer(struct.pack("<II", 0x20080522, 0))
    need(libc.capset(header, ctypes.create_string_buffer(bytes(24))))
    need(libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0))
    program = b"".join(filter_program(*MACHINES[platform.machine()]))
    code = ctypes.create_string_buffer(program)
    whole = struct.pack("<HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    need(libc.prctl(SECCOMP, 2, ctypes.create_string_buffer(whole), 0, 0))


def filter_program(machine: int, clone: int, clone3: int, refused: tuple[int, ...]) -> list[bytes]:
    """The steps of the filter: (load a word | compare | answer) in the kernel's small language."""

    def step(code: int, if_true: int, if_false: int, number: int) -> bytes:
        return struct.pack("<HBBI", code, if_true, if_false, number)

    load, equal, at_least, any_bit, answer = 0x20, 0x15, 0x35, 0x45, 0x06
    steps = [
        step(load, 0, 0, 4),
        step(equal, 1, 0, machine),
        step(answer, 0, 0, REFUSE | EPERM),
        step(load, 0, 0, 0),
        step(at_least, 0, 1, 0x40000000),
        step(answer, 0, 0, REFUSE | EPERM),
    ]
    for call in refused:
        steps += [step(equal, 0, 1, call), step(answer, 0, 0, REFUSE | EPERM)]
    steps += [step(equal, 0, 1, clone3), step(answer, 0, 0, REFUSE | ENOSYS)]  # then clone is used
    steps += [
        step(equal, 0, 3, clone),
        step(load, 0, 0, 16),
        step(any_bit, 0, 1, NEW_USER),
        step(answer, 0, 0, REFUSE | EPERM),
    ]
    return [*steps, step(answer, 0, 0, ALLOW)]


def need(result: int) -> None:
    """Raise what the system says, if a call failed."""
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
