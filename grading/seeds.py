"""The seeds of hidden tests: nobody can know them, and the same work is always graded by the same.

They follow from a secret of the class, which is made at its first use, the student, what they
handed in, and the cell. A submission is regraded on the same inputs; another one of the same
student is graded on others, so that no table of inputs seen before helps.
"""

import hmac
import os
import secrets
from pathlib import Path

FILE = "gradebook.secret"


def class_secret(folder: Path) -> bytes:
    """The secret in `folder`, which its owner alone can read; a new one if there is none."""
    path = folder / FILE
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{FILE}.{secrets.token_hex(4)}"
        part.touch(mode=0o600)
        part.write_text(secrets.token_hex(32))
        try:
            os.link(part, path)  # of two at once the first wins
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return bytes.fromhex(path.read_text())


def seed_of(secret: bytes, *parts: str) -> int:
    """The seed that follows from a secret and these texts: 62 bits, never 0."""
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return 1 + int.from_bytes(hmac.digest(secret, text, "sha256")[:8], "big") // 4
