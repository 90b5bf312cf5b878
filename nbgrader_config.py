"""nbgrader's settings: run its commands from this folder."""

from nbgrader.converters.generate_assignment import GenerateAssignment
from nbgrader.preprocessors import ClearOutput

from grading.feedback import configure
from grading.release import ClearOutputsOfAnswers, LetRunAllGoOn
from helpers.exercise import NOT_WRITTEN

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "segmentation"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "notebooks"
c.CourseDirectory.db_url = "sqlite:///gradebook.db"

c.ClearSolutions.code_stub = {
    "python": f'# YOUR CODE HERE\nraise NotImplementedError("{NOT_WRITTEN}")'
}
c.GenerateAssignment.preprocessors = [
    ClearOutputsOfAnswers if step is ClearOutput else step
    for step in GenerateAssignment.preprocessors.default()
] + [LetRunAllGoOn]

configure(c)  # the student's page

# Seconds: a check takes less than one, a whole notebook less than sixty.
c.ExecutePreprocessor.timeout = 60
c.ExecutePreprocessor.startup_timeout = 120
c.ExecutePreprocessor.interrupt_on_timeout = True
c.ExecutePreprocessor.kernel_name = "python3"  # whatever the editor called it that saved the file

# A library's warning on standard error is no wrong answer. Errors are another kind of output.
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = r"(?s).*"

# A deleted test cell comes back and is graded, rather than waiting for a hand.
c.OverwriteCells.add_missing_cells = True
