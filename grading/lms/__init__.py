"""In and out of a learning management system: `python -m grading.lms collect|return`."""
