"""``python -m mlopt_course``: the same as the command ``mlopt``."""

import sys

from .cli import main

sys.exit(main())
