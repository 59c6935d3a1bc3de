"""`OLLAMA_HOST` by the official table (protocol page §4.1; envconfig's own test cases)."""

import pytest

from conversations.backends.ollama.host import base_url


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", "http://127.0.0.1:11434"),
        ("1.2.3.4", "http://1.2.3.4:11434"),
        ("example.com", "http://example.com:11434"),
        ("http://example.com", "http://example.com:80"),
        ("https://example.com", "https://example.com:443"),
        ("HTTPS://example.com", "https://example.com:443"),
        ("example.com:8080", "http://example.com:8080"),
        ("https://example.com:8080", "https://example.com:8080"),
        (":1234", "http://127.0.0.1:1234"),
        ("https://example.com/ollama/", "https://example.com:443/ollama"),
        ("example.com:99//a//b/", "http://example.com:99/a/b"),
        ("example.com/", "http://example.com:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:99", "http://[::1]:99"),
        ("::1", "http://[::1]:11434"),
        ("2001:0DB8::0001", "http://[2001:db8::1]:11434"),
        ('"1.2.3.4:56789"', "http://1.2.3.4:56789"),
        (" '1.2.3.4' ", "http://1.2.3.4:11434"),
        ("ollama.com", "https://ollama.com:443"),
        ("1.2.3.4:66000", "http://1.2.3.4:11434"),
        ("1.2.3.4:-1", "http://1.2.3.4:11434"),
        ("https://1.2.3.4:66000", "https://1.2.3.4:443"),
        ("example.com:" + "9" * 5000, "http://example.com:11434"),
        ("example.com:http", "http://example.com:11434"),
        ("example.com:٣", "http://example.com:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("[::]:99", "http://[::1]:99"),
        ("::", "http://[::1]:11434"),
    ],
)
def test_the_address_is_read_as_ollama_reads_it(value: str, expected: str) -> None:
    assert base_url(value) == expected
