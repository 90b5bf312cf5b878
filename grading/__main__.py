"""`python -m grading ASSIGNMENT`: see `command`, which workers that import this do not need."""

import sys

if __name__ == "__main__":
    from grading.command import main

    sys.exit(main())
