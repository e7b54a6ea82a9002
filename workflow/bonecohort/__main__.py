"""``python -m bonecohort``."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # where it was started: a study folder's files are data, not modules

from bonecohort.cli import main
from bonecohort.monitoring.interruption import EXIT_CODE

if __name__ == "__main__":
    try:
        code = main()
    except KeyboardInterrupt:  # of a job: a word in its log would look like a failure
        code = EXIT_CODE
    raise SystemExit(code)
