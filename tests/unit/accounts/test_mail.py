"""The mail server that `EMAIL_URL` names, and the words for one that cannot be."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsite import environment
from chatsite.environment import Mail

SECRET = "hors3radish"


def named(monkeypatch: pytest.MonkeyPatch, url: str) -> Mail:
    monkeypatch.setenv("EMAIL_URL", url)
    return environment.mail()


@pytest.mark.parametrize(
    ("url", "mail", "starttls"),
    [
        ("", Mail(), False),
        ("smtp://mail.example.org", Mail("mail.example.org", 587), True),
        ("smtp://mail:25/", Mail("mail", 25), False),
        ("smtp://bob:x@mail:2525/", Mail("mail", 2525, "bob", "x"), True),
        ("smtp://bob:x@127.0.0.1:2525/", Mail("127.0.0.1", 2525, "bob", "x"), False),
        ("smtps://bob:x@[2001:db8::1]", Mail("2001:db8::1", 465, "bob", "x", tls=True), False),
        ("smtps://bob:x@mail:587/?from=a@b", Mail("mail", 587, "bob", "x", "a@b", True), False),
        ("smtp://b@example.org:x@mail", Mail("mail", 587, "b@example.org", "x"), True),
        ("smtp://b%40a:%25%2F%3A%3F%23%40%C3%A4+@mail", Mail("mail", 587, "b@a", "%/:?#@ä+"), True),
        ("smtp://mail/?from=chat+site@example.org", Mail("mail", 587, sender="chat+site@example.org"), True),
        ("smtp://mail/?from=Chat%20%3Cc@b.org%3E", Mail("mail", 587, sender="Chat <c@b.org>"), True),
    ],
)
def test_it_is_taken_apart(monkeypatch: pytest.MonkeyPatch, url: str, mail: Mail, starttls: bool) -> None:
    found = named(monkeypatch, url)
    assert (found, found.starttls) == (mail, starttls)


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        (f"bob:{SECRET}@mail", "does not begin with"),
        (f"http://bob:{SECRET}@mail", "does not begin with"),
        (f"smtp://bob:{SECRET}@", "no mail server"),
        (f"smtp://bob:{SECRET}@mail example", "no mail server"),
        (f"smtp://bob:{SECRET}@mail:0", "no mail server"),
        (f"smtp://bob:{SECRET}@mail:port", "port is no number"),
        (f"smtp://bob:{SECRET}@mail:70000", "port is no number"),
        (f"smtp://bob:{SECRET}@[mail", "port is no number"),
        (f"smtp://bob:{SECRET}℀@mail", "port is no number"),
        (f"smtp://bob:{SECRET}%FF@mail", "escaped"),
        (f"smtp://bob:a/{SECRET}@mail", "escaped"),
        (f"smtp://bob:1/{SECRET}@mail", "nothing else"),
        (f"smtp://bob:1?{SECRET}@mail", "nothing else"),
        (f"smtp://bob:1#{SECRET}@mail", "nothing else"),
        (f"smtp://bob:100%{SECRET}@mail", "hexadecimal"),
        (f"smtp://:{SECRET}@mail", "without a user"),
        (f"smtp://{SECRET}@mail", "without a password"),
        (f"smtp://bob:{SECRET}@mail/inbox", "nothing else"),
        (f"smtp://bob:{SECRET}@mail/?sender=a@b", "nothing else"),
        (f"smtp://bob:{SECRET}@mail/?from=a@b&tls=1", "nothing else"),
        (f"smtp://bob:{SECRET}@mail/?from=nobody", "no mail address"),
        (f"smtp://bob:{SECRET}@mail/?from=a@b%0ABcc:c@d", "no mail address"),
    ],
)
def test_a_wrong_one_is_told_without_the_password(monkeypatch: pytest.MonkeyPatch, url: str, wrong: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"EMAIL_URL cannot be used: .*{wrong}") as raised:
        named(monkeypatch, url)
    assert "smtp://user:password@mail.example.org:587/?from=" in str(raised.value)
    assert SECRET not in str(raised.value)
    assert raised.value.__context__ is None
    assert SECRET not in repr(Mail(password=SECRET))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("", set()),
        ("JSON", {"json"}),
        ("json, requests", {"json", "requests"}),
        ("requests json", {"json", "requests"}),
    ],
)
def test_the_words_of_the_log(monkeypatch: pytest.MonkeyPatch, given: str, found: set[str]) -> None:
    monkeypatch.setenv("LOG", given)
    assert environment.options("LOG", ("json", "requests")) == found


def test_an_unknown_word_is_told_with_those_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG", "json,request")
    with pytest.raises(ImproperlyConfigured, match=r"LOG holds 'request'.*json and requests.*LOG=json,requests"):
        environment.options("LOG", ("json", "requests"))
