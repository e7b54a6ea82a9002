"""Take the pictures of docs/quick-start.md: python docs/images/report_pictures.py STUDY.

STUDY is the demo study, run. A headless Chromium opens its report; each picture has at most 64
colours, which keeps it small.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
PICTURES = {
    "report": ("summary", 760),
    "report-defects": ("distribution", 1000),
    "report-quality": ("qc-P001", 900),
}
"""Name of a picture: the part of the report that it shows, and its height in pixels."""
PART_ALONE = """<style>
:is(section, details, figure, table):not(#{part}, #{part} *, :has(#{part})) {{ display: none }}
</style></head>"""
WIDTH, COLOURS = 1200, 64


def main(study: Path) -> None:
    """Write the pictures beside this file."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("No Chromium or Chrome on this machine.")
    report = (study / "results/report.html").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for name, (part, height) in PICTURES.items():
            if f'id="{part}"' not in report:
                raise SystemExit(f"The report has no part {part}.")
            page, taken = Path(folder) / "report.html", Path(folder) / f"{name}.png"
            alone = report.replace("</head>", PART_ALONE.format(part=part), 1)
            page.write_text(alone.replace("<details", "<details open"), encoding="utf-8")
            subprocess.run(
                [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 f"--user-data-dir={folder}/profile", f"--screenshot={taken}",
                 f"--window-size={WIDTH},{height}", page.as_uri()],
                check=True, capture_output=True,
            )  # fmt: skip
            picture = Image.open(taken).convert("RGB").quantize(COLOURS)
            picture.save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
