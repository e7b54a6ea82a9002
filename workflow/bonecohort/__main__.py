"""``python -m bonecohort``."""

from bonecohort.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
