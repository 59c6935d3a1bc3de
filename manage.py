#!/usr/bin/env python3
"""Django's manage.py, and one call before it: the environment is made, or brought up to date, and entered."""

import os
import sys

from chatsite.bootstrap import enter


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    enter(sys.argv)
    main()
