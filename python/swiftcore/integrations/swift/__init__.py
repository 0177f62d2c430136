"""ms-swift's own templates, at the speed of the native core: the same keys, values and exceptions, row for row.

One template::

    from swiftcore.integrations.swift import accelerate

    template = accelerate(template)  # a template of ms-swift; `encode` as before

All of `swift sft`, its dataset mapping and its worker processes too, in one line before it runs::

    import swiftcore.integrations.swift.auto

What cannot be taken over goes to ms-swift's own code, row by row, and is counted: see docs/integrations.md.
"""

from .accelerate import accelerate
from .counts import Counts

__all__ = ["Counts", "accelerate"]
