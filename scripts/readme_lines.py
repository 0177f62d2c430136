"""Runs the first Python block of a README: `python scripts/readme_lines.py README.md`."""

import re
import sys
from pathlib import Path

block = re.search(r"```python\n(.*?)```", Path(sys.argv[1]).read_text("utf-8"), re.DOTALL)
if block is None:
    sys.exit("no Python block in " + sys.argv[1])
print(block.group(1))
exec(compile(block.group(1), sys.argv[1], "exec"))
