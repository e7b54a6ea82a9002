"""``python -m bonecohort``."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # where it was started: a study folder's files are data, not modules

from bonecohort.cli import INTERRUPTED, main

if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:  # of a job: a word in its log would look like a failure
        code = INTERRUPTED
    raise SystemExit(code)
