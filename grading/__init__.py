"""The instructor's side: grade a class, write feedback and a report. Not handed to students."""
