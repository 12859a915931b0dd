"""`python -m kaohe.cli`, where the program `kaohe` is not on the path."""

import sys

from kaohe.cli import main

if __name__ == "__main__":
    sys.exit(main())
