"""The tests, by what they need: house (sources only), unit, integration, browser, js, and bench (run by hand)."""
