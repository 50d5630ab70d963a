"""`python -m jisr.translate`: the same as the command `jisr`."""

import sys

from jisr.translate.cli import main

sys.exit(main())
