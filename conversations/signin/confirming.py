"""Who it is, once more, before what matters: the address of an account, its sessions, a first password."""

from __future__ import annotations

import time

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, get_reauthentication_flows
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

SIGN_IN_AGAIN = _("Sign out and in again first: for five minutes after that it can be changed.")


def is_confirmed(request: HttpRequest) -> bool:
    """Whether whoever is signed in said in the last minutes who they are.

    Where the site can ask (a password, a second factor), it does: raises ReauthenticationRequired, which leads there
    and back. Whoever comes from a provider alone has nothing to be asked for here; their sign-in is to be recent.
    """
    user = request.user
    assert user.is_authenticated
    if get_reauthentication_flows(user):
        if not did_recently_reauthenticate(request):
            raise ReauthenticationRequired
        return True
    times = [record["at"] for record in get_authentication_records(request, user)]
    return bool(times) and time.time() - max(times) < app_settings.REAUTHENTICATION_TIMEOUT
