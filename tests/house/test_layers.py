"""Who may import whom: downward only, and neither the edges of layer 2 nor the pages and the API each other."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house import sources

# The longest name that fits decides. Tooling (0) knows no application: it prepares, serves and checks one.
LAYERS = {
    "manage": 5,
    "chatsite": 5,
    "chatsite.bootstrap": 0,
    "chatsite.catalogs": 0,
    "chatsite.checks": 0,
    "chatsite.compression": 0,
    "chatsite.environment": 0,
    "chatsite.finders": 0,
    "chatsite.policy": 0,
    "chatsite.postgresql": 0,
    "chatsite.progress": 0,
    "chatsite.serving": 0,
    "chatsite.static": 0,
    "conversations.apps": 5,
    "conversations.account_forms": 4,
    "conversations.accounts": 4,
    "conversations.admin": 4,
    "conversations.administration": 4,
    "conversations.api": 4,
    "conversations.forms": 4,
    "conversations.live": 4,
    "conversations.management": 4,
    "conversations.signals": 4,
    "conversations.signin": 4,
    "conversations.templatetags": 4,
    "conversations.urls": 5,
    "conversations.views": 4,
    "conversations.backups": 3,
    "conversations.exports": 3,
    "conversations.generation": 3,
    "conversations.keeping": 3,
    "conversations.library": 3,
    "conversations.review": 3,
    "conversations.search": 3,
    "conversations.transcripts": 3,
    "conversations.uploads": 3,
    "conversations.backends": 2,
    "conversations.live.broadcasts": 2,
    "conversations.models": 2,
    "conversations.tools": 2,
    "conversations.faults": 1,
    "conversations.ids": 1,
    "conversations.live.layer": 1,
    "conversations.live.neighbours": 1,
    "conversations.live.outbox": 1,
    "conversations.live.protocol": 1,
    "conversations.live.redis_layer": 1,
    "conversations.mathematics": 1,
    "conversations.rendering": 1,
    "conversations.sampling": 1,
    "conversations.sealing": 1,
    "conversations.structured": 1,
    "conversations.tasks": 1,
    "conversations.telemetry": 1,
    "conversations.text": 1,
}
PACKAGES = ("conversations",)
# Doors side by side: what both need is below them.
APART = {"conversations.api", "conversations.views"}


def unit_of(module: str) -> str | None:
    """The longest entry of the table that the module lies in."""
    fitting = (unit for unit in LAYERS if module == unit or module.startswith(unit + "."))
    return max(fitting, key=len, default=None)


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, "imports name the whole way"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_allowed(importer: str, imported: str) -> bool:
    above, below = LAYERS[importer], LAYERS[imported]
    if {importer, imported} == APART:
        return False
    return below < above or importer == imported or (above == below and above != 2)


def test_every_module_has_a_layer() -> None:
    modules = map(sources.module, sources.python("chatsite", "conversations"))
    homeless = [module for module in modules if not unit_of(module) and module not in PACKAGES]
    assert not homeless, "name its layer in LAYERS"


def test_imports_point_downward() -> None:
    upward = []
    for path in sources.python("chatsite", "conversations"):
        importer = unit_of(sources.module(path))
        for name in imports(sources.tree(path)):
            imported = unit_of(name)
            if importer and imported and not is_allowed(importer, imported):
                upward.append(f"{sources.name(path)} imports {name}")
    assert not upward


def test_the_rule_sees_an_upward_import() -> None:
    assert not is_allowed("conversations.models", "conversations.generation")
    assert not is_allowed("conversations.models", "conversations.backends")
    assert not is_allowed("conversations.tools", "conversations.models")
    assert not is_allowed("conversations.api", "conversations.views")
    assert not is_allowed("conversations.views", "conversations.api")
    assert is_allowed("conversations.views", "conversations.views")
    assert unit_of("conversations.live.protocol.Frame") == "conversations.live.protocol"
    assert list(imports(ast.parse("from conversations.views import page"))) == ["conversations.views.page"]
