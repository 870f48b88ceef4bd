"""`python -m slpvec VERB ...` is `slpvec VERB ...`."""

from __future__ import annotations

import sys

from slpvec.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
