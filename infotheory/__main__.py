"""``python -m infotheory``: the command ``infotheory``."""

import sys

from infotheory.cli import main

sys.exit(main())
