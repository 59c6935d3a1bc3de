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
    yield from (rest.split()[0] for name, rest in instructions() if name == "FROM")
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
    for name in ("ENTRYPOINT", "CMD"):
        assert isinstance(json.loads(last(name)), list), "without a shell, so that it gets the signals"
    assert last("VOLUME") in last("ENV")


def test_the_image_holds_what_is_locked_and_nothing_to_build_with() -> None:
    assert len(stages()) == 2
    everything = " ".join(rest for _name, rest in instructions())
    assert "ADD" not in dict(instructions())
    assert not re.search(r"\b(apt-get|apk|curl|wget|sudo|npm|pip install|gcc)\b", everything)
    built, final = stages()
    assert "requirements.txt" in dict(built)["COPY"] or any("requirements.txt" in rest for _n, rest in built)
    assert "bootstrap import install" in " ".join(rest for _n, rest in built), "the lock files' hashes are held there"
    assert [rest for name, rest in final if name == "COPY"] == ["--from=build /app /app"]
    assert "install(" not in " ".join(rest for _n, rest in final)


def test_only_what_is_named_gets_into_the_image() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in rules
    named = {rule[1:] for rule in rules if rule.startswith("!")}
    assert not [name for name in named if not (ROOT / name).exists()]
    assert not {"tests", "var", ".git", ".venv", "node_modules", "docs"} & named


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


def test_the_proxy_holds_nothing_back() -> None:
    text = composition()["configs"]["caddyfile"]["content"]
    assert "flush_interval -1" in text
    assert re.search(r"name app\s+port 8000", text)
    assert text.count("{") - text.count("${") == text.count("}") - text.count("${SITE}")
