"""`python -m app` is the same as `python app.py`."""

import sys

from app.cli import main

sys.exit(main())
