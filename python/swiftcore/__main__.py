"""Run the command: `python -m swiftcore`."""

from .cli import main

if __name__ == "__main__":
    main()
