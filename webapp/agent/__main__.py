"""`python -m webapp.agent`."""

import sys

from webapp.agent.main import main

if __name__ == "__main__":
    sys.exit(main())
