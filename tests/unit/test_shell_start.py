"""What the first prompt waits for: a figure would depend on the machine, what is loaded does not."""

import subprocess
import sys

BEHIND_THE_PROMPT = {"duckdb", "lark", "numpy", "pyarrow", "pyroaring", "rich", "sqlglot", "tantivy"}


def test_the_first_prompt_waits_for_no_library_but_the_line_editors() -> None:
    program = "import sys, flowql.cli.shell, flowql.shell.loop; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "prompt_toolkit" in loaded
    assert loaded.isdisjoint(BEHIND_THE_PROMPT)


def test_the_command_line_waits_for_no_line_editor() -> None:
    program = "import sys, flowql.cli.shell; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "prompt_toolkit" not in done.stdout.split()
