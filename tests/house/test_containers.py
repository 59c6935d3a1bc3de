"""The image and the composition, as far as they can be judged without a container: rights, pins, checks, and names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from tests.house.sources import ROOT
from tests.house.test_environment import documented

Instruction = tuple[str, str]
FLOATING = {"", "latest", "edge", "main", "nightly", "stable"}


def instructions() -> list[Instruction]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    lines = (line.split(None, 1) for line in text.splitlines() if line.strip())
    return [(name.upper(), rest.strip()) for name, rest in lines]


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for instruction in instructions():
        if instruction[0] == "FROM":
            found.append([])
        found[-1].append(instruction)
    return found


def last(name: str) -> str:
    return [rest for found, rest in stages()[-1] if found == name][-1]


def composition() -> dict[str, Any]:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert isinstance(found, dict)
    return found


def images() -> Iterator[str]:
    bases = [rest.split() for name, rest in instructions() if name == "FROM"]
    own = {words[-1] for words in bases if "AS" in words}
    yield from (words[0] for words in bases if words[0] not in own)
    yield from (service["image"] for service in composition()["services"].values())


def tag_of(image: str) -> str:
    plain = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", image)
    return plain.rpartition("/")[2].partition(":")[2]


def test_every_image_has_a_version() -> None:
    assert not [image for image in images() if tag_of(image) in FLOATING or not re.match(r"\d", tag_of(image))]
    assert tag_of("redis") in FLOATING
    assert tag_of("host:5000/redis") in FLOATING


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last("USER"))
    command = last("HEALTHCHECK").partition("CMD ")[2]
    compile(json.loads(command)[-1], "healthcheck", "exec")
    assert "/healthz" in command
    assert "urllib" not in command, "asks the proxy of Docker's settings for 127.0.0.1"
    for name in ("ENTRYPOINT", "CMD"):
        assert isinstance(json.loads(last(name)), list), "without a shell, so that it gets the signals"
    assert last("VOLUME") in last("ENV")


def test_the_image_holds_what_is_locked_and_nothing_to_build_with() -> None:
    packages, code, final = stages()
    everything = " ".join(rest for _name, rest in instructions())
    assert "ADD" not in dict(instructions())
    assert not re.search(r"\b(apt-get|apk|curl|wget|sudo|npm|pip install|gcc)\b", everything)
    assert any("requirements.txt" in rest for _name, rest in packages)
    assert "bootstrap import install" in " ".join(rest for _n, rest in packages), "that holds to hashes"
    assert "install(" not in " ".join(rest for _n, rest in [*code, *final])


def test_new_code_leaves_the_large_layers_as_they_are() -> None:
    packages, code, final = stages()
    assert ("COPY", ". .") not in packages
    assert code[:2] == [("FROM", "packages AS code"), ("COPY", ". .")]
    assert "rm -rf .venv node_modules" in code[-1][1], "they come from where they were made, once"
    assert [rest.partition(" ") for name, rest in final if name == "COPY"] == [
        ("--from=packages", " ", "/app/.venv /app/.venv"),
        ("--from=packages", " ", "/app/node_modules /app/node_modules"),
        ("--from=code", " ", "/app /app"),
    ]


def test_only_what_is_named_gets_into_the_image() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in rules
    named = {rule[1:] for rule in rules if rule.startswith("!")}
    assert not [name for name in named if not (ROOT / name).exists()]
    assert not {"tests", "var", ".git", ".venv", "node_modules", "docs"} & named
    last_folder = max(rules.index(f"!{name}") for name in named if (ROOT / name).is_dir())
    kept_out = {rule for rule in rules[last_folder:] if rule.startswith("**/")}
    assert kept_out >= {"**/.*", "**/*.key", "**/*.pem", "**/*.sqlite3*", "**/secret_key", "**/signing_key"}
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines(), "compose reads the password from there"


def test_one_service_is_reached_from_outside_and_none_has_rights_to_spare() -> None:
    services = composition()["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]
    for name, service in services.items():
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service.get("privileged"), name
        assert name == "ollama" or service["cap_drop"] == ["ALL"], name
    assert services["app"]["read_only"]
    assert composition()["networks"]["back"] == {"internal": True}
    assert {name for name, service in services.items() if "front" not in service["networks"]} == {"postgres", "redis"}


def test_services_name_what_there_is() -> None:
    found = composition()
    services = found["services"]
    assert set(services["app"]["environment"]) <= documented()
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        assert set(service["networks"]) <= set(found["networks"]) if "networks" in service else True
        assert {mount.partition(":")[0] for mount in service.get("volumes", [])} <= set(found["volumes"])
    waited = {name for service in services.values() for name in service.get("depends_on", {})}
    assert waited - {"app"} <= {name for name, service in services.items() if "healthcheck" in service}


def test_files_are_mounted_and_not_copied_into_a_root_that_is_read_only() -> None:
    found = composition()
    for name, config in found["configs"].items():
        assert list(config) == ["file"], name
        assert (ROOT / config["file"]).is_file(), name
    for service in found["services"].values():
        assert {config["source"] for config in service.get("configs", [])} <= set(found["configs"])


def test_stores_are_asked_as_the_site_asks_them() -> None:
    services = composition()["services"]
    assert "--host=127.0.0.1" in services["postgres"]["healthcheck"]["test"], "its socket answers before it is ready"
    options = services["redis"]["command"]
    assert options[options.index("--protected-mode") + 1] == "no", "else only itself is answered"
    assert services["redis"]["networks"] == services["postgres"]["networks"] == ["back"]


def test_the_proxy_holds_nothing_back() -> None:
    services = composition()["services"]
    assert set(services["caddy"]["environment"]) == {"SITE"}
    text = (ROOT / "Caddyfile").read_text()
    assert "{$SITE} {" in text
    assert "flush_interval -1" in text
    assert re.search(r"name app\s+port 8000", text)
    assert text.count("{") == text.count("}")
