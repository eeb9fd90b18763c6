"""`kunster run` in a program that handles SIGTERM itself."""

import signal
import sys

from kunster.run.__main__ import main

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: print("handled", file=sys.stderr))
    sys.exit(main())
