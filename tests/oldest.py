"""The oldest version of each dependency that pyproject.toml allows, as pip constraints."""

import re
import tomllib
from pathlib import Path


def oldest(project: dict) -> list[str]:
    """`name==version` for each dependency that has a lower bound, groups included."""
    listed = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [
        re.match(r"([\w.-]+)>=([\d.]+)[^;]*(;.*)?", line) for group in listed for line in group
    ]
    return [f"{bound[1]}=={bound[2]}{bound[3] or ''}" for bound in found if bound]


if __name__ == "__main__":
    text = (Path(__file__).parent.parent / "pyproject.toml").read_text(encoding="utf-8")
    print(*oldest(tomllib.loads(text)["project"]), sep="\n")
