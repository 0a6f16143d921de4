"""On Windows itself the command says which two ways lead there, instead of failing on what Windows has not."""

from __future__ import annotations

import subprocess
import sys

AS_ON_WINDOWS = "import runpy, sys; sys.platform = 'win32'; runpy.run_module('versement', run_name='__main__')"


def test_windows_is_told_of_the_browser_and_of_wsl() -> None:
    """One sentence, no traceback, status 2; nothing that Windows lacks is imported before it."""
    script = f"import sys; sys.modules.update(fcntl=None, resource=None); {AS_ON_WINDOWS}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "par le navigateur" in done.stderr
    assert "wsl --install" in done.stderr
    assert "Traceback" not in done.stderr
