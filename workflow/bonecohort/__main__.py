"""``python -m bonecohort``."""

import sys

if not sys.flags.safe_path:
    del sys.path[0]  # where it was started: a study folder's files are data, not modules

from bonecohort.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
