"""The demo shows the main job within its time, in eighty columns, and leaves nothing."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BOUND_SECONDS = 60


def test_the_demo_runs_through(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "clients/examples/demo.py"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert "\x1b" not in done.stdout
    assert "2018-08-18" in done.stdout
    assert "67.5 to 10 on plover-2.0" in done.stdout
    assert list(tmp_path.iterdir()) == []
