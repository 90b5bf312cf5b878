"""Read by everybody's own server when it starts."""

import json
import os
import shutil
from pathlib import Path

hub = json.loads(os.environ["COURSE_HUB"])
glossary = Path(hub["glossary"])
if os.environ["JUPYTERHUB_USER"] == hub["instructor"]:
    os.chdir(hub["course"])  # where a terminal opens
elif not (Path.home() / glossary.name).exists():
    shutil.copyfile(glossary, Path.home() / glossary.name)  # the notebooks link to it
