"""``python -m infotheory.cli``."""

import sys

from infotheory.cli import main

sys.exit(main())
