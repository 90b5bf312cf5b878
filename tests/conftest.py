"""One torch thread: the machines that run this are small and the tensors smaller."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
