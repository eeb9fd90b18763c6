"""A verb as where a launcher of Hydra is not installed: LAUNCHER MODULE WORD …"""

import runpy
import sys

from hydra.core.config_store import ConfigStore

if __name__ == "__main__":
    launcher, module = sys.argv.pop(1), sys.argv.pop(1)
    del ConfigStore.instance().repo["hydra"]["launcher"][f"{launcher}.yaml"]
    sys.modules.pop(module, None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
