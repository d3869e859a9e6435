"""A child process for the supervisor's tests: ends with a code, or lives until it is told to end."""

import sys
import time


def main() -> None:
    """Do as the first argument says: a number is an exit code, "live" waits."""
    asked = sys.argv[1]
    if asked == "live":
        time.sleep(60)
    sys.stdout.write("first line\nits last words\n")
    sys.exit(int(asked))


if __name__ == "__main__":
    main()
