"""Start the storyboard editor: `python app.py [STORY]`; `--help` lists the options."""

import sys

from app.cli import main

sys.exit(main())
