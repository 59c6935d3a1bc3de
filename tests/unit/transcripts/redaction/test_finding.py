"""What is found and what is not: names, mails, phones, and the site's own patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.transcripts.redaction.contacts import Mails, Phones
from conversations.transcripts.redaction.findings import Finder
from conversations.transcripts.redaction.patterns import BadPattern, Patterns, TooSlow, pattern_of, patterns_of
from conversations.transcripts.redaction.people import Names

PEOPLE = [
    (1, "ada", "Ada", "Lovelace"),
    (2, "bo", "", ""),
    (3, "x", "", ""),
    (4, "li.ming@work", "明", "李"),
    (5, "c_b", "Charles", "Babbage"),
    (6, "will", "Will", "Babbage"),
]


def found(finder: Finder, text: str) -> list[str]:
    return [text[each.start : each.end] for each in finder.find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ask ada or ADA.", ["ada", "ADA"]),
        ("Ada Lovelace's notes, ada_lovelace-cv.pdf", ["Ada Lovelace", "ada_lovelace"]),
        ("Dear Lovelace, dear lovelace", ["Lovelace"]),
        ("canada, adapter, Ada2, x, Bo", []),
        ("bo and @bo", ["bo", "bo"]),
        ("li.ming@work and 李明说", ["li.ming@work"]),
        ("明 李 hat", ["明 李"]),
        ("c_b, C_B, c_bx", ["c_b", "C_B"]),
        ("Charles Babbage met Babbage", ["Charles Babbage", "Babbage"]),
        ("", []),
    ],
)
def test_names_of_people(text: str, names: list[str]) -> None:
    assert found(Names(PEOPLE), text) == names


def test_a_person_is_one_and_a_shared_name_is_nobodys() -> None:
    names = Names(PEOPLE)
    ada = {each.identity for each in names.find("ada, Ada Lovelace, LOVELACE, Ada")}
    babbage = {each.identity for each in names.find("Charles Babbage, Babbage, Will Babbage")}

    assert ada == {"user 1"}
    assert babbage == {"user 5", "name babbage", "user 6"}


@pytest.mark.parametrize(
    ("text", "mails"),
    [
        ("Write to ada@example.org.", ["ada@example.org"]),
        ("<mailto:Ada.L+news@mail.example.co.uk>", ["Ada.L+news@mail.example.co.uk"]),
        ("'o'brien@example.ie', key=jörg@müller.de;", ["o'brien@example.ie", "jörg@müller.de"]),
        ("a@b, user@localhost, @types/node, package@1.2.3, x @ y.z", []),
        ("a" * 70 + "@example.org", []),
    ],
)
def test_mail_addresses(text: str, mails: list[str]) -> None:
    assert found(Mails(), text) == mails


@pytest.mark.parametrize(
    "number",
    [
        "+49 30 1234567", "+49 (0)30 1234567", "+4915112345678", "0049 151 12345678", "00491511234567",
        "+1 (555) 234-5678", "+1-555-234-5678", "+44 20 7946 0958", "+33 1 23 45 67 89", "+41 44 668 18 00",
        "+86 138 0013 8000", "+49\u00a0171\u00a01234567", "030 1234567", "(030) 123 456 78", "0171/1234567",
        "0171-1234567", "01711234567", "0800 330 1000", "020 7946 0958", "01 23 45 67 89", "01.23.45.67.89",
        "(555) 234-5678", "555-234-5678", "555.234.5678", "010-1234-5678", "0221 / 123 45 67",
    ],
)  # fmt: skip
@pytest.mark.parametrize("frame", ["{}", "Call {} now", "Tel.:{}", "({}), ", "„{}“.", "tel:{}?"])
def test_telephone_numbers(number: str, frame: str) -> None:
    assert found(Phones(), frame.format(number)) == [number]


@pytest.mark.parametrize(
    "text",
    [
        # dates and times
        "2026-11-21", "21.11.2026", "01.02.2026", "01.02.2026 12:30", "1/2/2026", "01/02/26", "2026-11-21T09:30:00Z",
        "09:30", "08:30-09:45", "05.06.2024 07.08.2024", "01-02-2026 03:04:05", "20260102030405",
        # versions and addresses
        "1.2.3", "v0.12.345", "10.0.0.1", "192.168.100.200", "0.0.0.0", "127.0.0.1:8000", "2.0.1-rc.1", "0.19.04",
        # code
        "0x0123456789", "range(0, 100)", "0.123456789", "x = 0755", "0123456789", "0123456789abcdef", "01010101010",
        "#0099ff", "1_000_000_000", "-0.123 456 789", "1e+10000000", "3+49301234567",
        # ids
        "550e8400-e29b-41d4-a716-446655440000", "01234567-8912-4567-8912-012345678901", "1700000000", "1700000000.123",
        "5551234567", "978-3-16-148410-0", "4111 1111 1111 1111", "id_0301234567", "/orders/0301234567/",
        "1,234,567,890", "00000000012345", "ABC-0301234567", "0301234567@x", "https://x.org/p/0171-1234567",
    ],
)  # fmt: skip
def test_what_is_no_telephone_number(text: str) -> None:
    assert found(Phones(), text) == []
    assert found(Phones(), f"see {text}, please") == []


def test_the_same_number_is_the_same_however_it_is_written() -> None:
    written = "+49 (0)30 123-4567, 004930 1234567 and +49301234567"

    assert [each.identity for each in Phones().find(written)] == ["+49301234567"] * 3


@pytest.mark.parametrize("piece", ["a", "0", "01 ", "a.a@", "+1", "(0", "0(1)"])
def test_no_text_takes_long(piece: str) -> None:
    """What ran away would not come back."""
    for finder in (Mails(), Phones(), Names(PEOPLE)):
        found(finder, piece * 50_000)


def test_patterns_have_labels_and_find_what_they_say() -> None:
    own = patterns_of(["# customers", "", r"ID: KD-\d{6}", r"(?:secret|geheim) \w+"])

    assert [(each.label, each.identity) for each in own.find("KD-123456 geheim Wort KD-12")] == [
        ("ID", "KD-123456"),
        ("CUSTOM", "geheim Wort"),
    ]


def test_patterns_are_found_across_the_windows() -> None:
    text = "x" * 8190 + " KD-123456 " + "x" * 20_000 + "KD-123457"

    assert found(patterns_of([r"\bKD-\d+\b", r"x{3}KD-\d{6}"]), text) == ["KD-123456", "xxxKD-123457"]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"(a+)+b", "repeated that repeats"),
        (r"(a|aa)+b", "repeated that repeats or chooses"),
        (r"a*b*c*d*e*f*", "ways"),
        (r"\w+\w+\w+x", "ways"),
        (r"(?=a)b", "is not taken"),
        (r"(?<name>a)", "is not taken"),
        (r"(a)\1", "is not taken"),
        (r"a{2000}", "is not taken"),
        (r"a{300}", "repeat up to 255"),
        (r"a{5,2}", "repeat up to 255"),
        (r"a*", "finds nothing at all everywhere"),
        (r"(a", "without its )"),
        (r"a)", "without its ("),
        (r"+a", "nothing to repeat"),
        (r"[z-a]", "no regular expression"),
        ("[a", "is not taken"),
        ("x" * 501, "at most 500"),
    ],
)
def test_what_could_run_away_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(BadPattern) as refused:
        pattern_of(pattern)
    assert words in str(refused.value)


def test_the_line_of_a_bad_pattern_is_named() -> None:
    with pytest.raises(BadPattern, match=r"^Line 2: "):
        patterns_of(["a", "(a+)+"])


def test_patterns_stop_when_they_take_too_long() -> None:
    with pytest.raises(TooSlow):
        list(Patterns(patterns_of(["a"]).patterns, 0.0).find("b" * 100_000))


@given(st.text(alphabet=r"ab\d*+?{}()|[]-.,01:w", max_size=20), st.text(alphabet="ab01-", max_size=60))
def test_whatever_is_taken_is_harmless(pattern: str, text: str) -> None:
    try:
        taken = pattern_of(pattern)
    except BadPattern:
        return
    assert all(end - start <= taken.width for start, end in [each.span() for each in taken.regex.finditer(text)])
