"""What isn't documented isn't there, and what is documented is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tenuto.app.config import SETTINGS
from tenuto.cli import tenuto
from tenuto.model.errors import TenutoError

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def leaves(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None, f"{name} is listed but can't be loaded"
        if isinstance(command, click.Group):
            yield from leaves(command, *before, name)
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield " ".join((*before, name)), command


COMMANDS = dict(leaves(tenuto))


def sections() -> dict[str, str]:
    """Heading `## tenuto NAME` to its text in docs/cli.md."""
    parts = re.split(r"^## `tenuto (.+)`$", (DOCS / "cli.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_documented_commands_are_the_commands() -> None:
    assert sections().keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_argument_is_documented(name: str) -> None:
    text = sections()[name]
    for parameter in COMMANDS[name].params:
        words = [*parameter.opts, *parameter.secondary_opts]
        word = next(
            (w for w in words if w.startswith("--")), (parameter.metavar or parameter.name or "").upper()
        )
        if word not in SHARED_OPTIONS:
            assert f"`{word}" in text, f"docs/cli.md, `tenuto {name}`, lacks {word}"
        for mentioned in re.findall(r"`(--[a-z-]+)", text):
            assert mentioned in SHARED_OPTIONS | all_options(COMMANDS[name]), f"{name} has no {mentioned}"


def all_options(command: click.Command) -> set[str]:
    return {word for p in command.params for word in (*p.opts, *p.secondary_opts)}


SHARED_OPTIONS = {"--archive", "--json", "--progress"}


def test_shared_options_are_documented_once() -> None:
    head = (DOCS / "cli.md").read_text(encoding="utf-8").split("\n## ")[0]
    assert all(f"`{option}" in head for option in SHARED_OPTIONS)


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_.]+)` \|", text, flags=re.MULTILINE)) == set(SETTINGS)


def test_exit_codes_are_documented() -> None:
    head = (DOCS / "cli.md").read_text(encoding="utf-8").split("\n## ")[0]
    kinds: list[type[TenutoError]] = [TenutoError, *TenutoError.__subclasses__()]
    codes = {kind.exit_code for kind in kinds}
    assert all(f"| {code} |" in head for code in codes | {0, 4, 130, 143})


def test_the_journey_has_a_heading_for_every_package() -> None:
    packages = {p.parent.name for p in (ROOT / "src" / "tenuto").glob("*/__init__.py")}
    headings = re.findall(
        r"^## (\w+)$", (DOCS / "journey.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert set(headings) == packages


def test_the_readme_names_only_commands_that_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"(?:^|[ /])tenuto ([a-z]+(?: [a-z]+)?)", text):
        words = line.split()
        assert any(name == " ".join(words) or name.split()[0] == words[0] for name in COMMANDS), line


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda p: str(p.relative_to(DOCS)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
