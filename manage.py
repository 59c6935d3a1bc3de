#!/usr/bin/env python3
"""Django's manage.py, and one call before it: the environment is made, or brought up to date, and entered."""

import os
import sys

from chatsite.bootstrap import enter


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.DEBUG  # noqa: B018  # reads the environment: what is wrong there is told in a line, without its way
    except ImproperlyConfigured as error:
        sys.exit(f"{error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    enter(sys.argv)
    main()
