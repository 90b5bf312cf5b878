"""nbgrader's settings for the instructor: those of the course, from whatever folder it is asked."""

import json
import os

course = json.loads(os.environ["COURSE_HUB"])["course"]

# Jupyter gives these two names:
# pyright: reportUndefinedVariable=false
c = get_config()  # noqa: F821
load_subconfig("nbgrader_config.py", path=course)  # noqa: F821
c.CourseDirectory.root = course
c.CourseDirectory.db_url = f"sqlite:///{course}/gradebook.db"
