"""The page on packs names everything there is."""

import re
from pathlib import Path

from kaohe.packs import ComplianceRule, Packs, Parameters, Version

PAGE = (Path(__file__).parents[2] / "docs/reference/packs.md").read_text(encoding="utf-8")


def test_the_page_names_every_parameter_with_its_default():
    for name, value in Parameters().model_dump(mode="json").items():
        (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |")]
        shown = "空" if value is None else str(value).replace("'", "")
        assert shown in row.split("|")[2]


def test_the_page_names_every_pack_and_every_rule_with_its_line():
    for pack in Packs.load():
        assert f"### `{pack.name}`" in PAGE
        for version in pack.versions:
            for rule in version.rules:
                (row,) = [line for line in PAGE.splitlines() if f"| `{rule.id}` |" in line]
                assert f"≥ {rule.threshold:.2f}" in row
                assert f"`{rule.metric}`" in row
                assert ("editable" in row) == rule.editable


def test_the_page_names_every_key_of_the_format():
    for key in {*Version.model_fields, *ComplianceRule.model_fields} - {"note"}:
        assert f"{key}:" in PAGE or f"`{key}`" in PAGE, key


def test_the_pack_on_the_page_can_be_put_in_a_workspace(tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "my-shop.yaml").write_text(example, encoding="utf-8")
    assert len(Packs.load(tmp_path).of_platform("pdd").versions) == 2
