"""`kunster run`, but what can be fetched lies on a server of the test.

It is smaller, with its own checksums. No preview.mp4: its frames take longer than all else.
"""

import json
import os
import sys
from dataclasses import replace

from kunster.assets.registry import ASSETS
from kunster.run.__main__ import main
from kunster.run.first_look import FirstLook

if __name__ == "__main__":
    for name, (url, size, sha256) in json.loads(os.environ["STAND_INS"]).items():
        unpacking = ASSETS[name].unpacking and replace(ASSETS[name].unpacking, size=10**7)
        checksum = ASSETS[name].sha256 and sha256
        ASSETS[name] = replace(
            ASSETS[name], urls=(url,), size=size, sha256=checksum, unpacking=unpacking
        )
    FirstLook.write_video = lambda *_: None
    sys.exit(main())
