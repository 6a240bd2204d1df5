"""Modules of the app, joined into few files."""

import re
from pathlib import Path

import nicegui
import pytest

from webapp import assets
from webapp.bundles import Bundle
from webapp.pages.nicegui_template import adapted

_TICK = 'import { one as two } from "moments/one.js";\n\nexport default { two };\n'
_BOTH = 'import "moments/one.js";\nimport "moments/two.js";\nexport default {};\n'
_ONE = "export const one = 1;\nexport class Two {}\nconst own = 2;\n"


def test_modules_come_after_what_they_import() -> None:
    sources = {"components/tick.js": _TICK, "js/one.js": _ONE}
    joined = Bundle.of("js/all.js", sources, ["tick"])
    assert joined.text() == (
        "const m0 = (() => {\n"
        "const one = 1;\nclass Two {}\nconst own = 2;\n\n"
        "return { one, Two };\n})();\n"
        "export const { one, Two } = m0;\n"
        "const m1 = (() => {\n"
        "const { one: two } = m0;\n"
        "\nconst _default = { two };\n\n"
        "return { default: _default };\n})();\n"
        "export const c_tick = m1.default;\n"
    )
    assert [*joined.components()] == ["tick"]
    assert [*joined.shared()] == ["js/one.js"]


def test_a_bundle_takes_from_another_one_what_that_has() -> None:
    sources = {"components/tick.js": _TICK, "components/tock.js": _TICK, "js/one.js": _ONE}
    below = Bundle.of("js/all.js", sources, ["tick"])
    text = Bundle.of("js/more.js", sources, ["tock"], (below,)).text()
    assert text.startswith('import * as b0 from "./all.js";\nconst m0 = (() => {\n')
    assert "const { one: two } = b0;" in text
    assert "class Two" not in text


def test_names_that_two_modules_export_are_refused() -> None:
    sources = {
        "components/tick.js": _BOTH,
        "js/one.js": "export const one = 1;\n",
        "js/two.js": "export function one() {}\n",
    }
    with pytest.raises(ValueError, match="several of one"):
        Bundle.of("js/all.js", sources, ["tick"]).text()


def test_modules_that_import_each_other_are_refused() -> None:
    sources = {
        "components/tick.js": 'import "moments/one.js";\nexport default {};\n',
        "js/one.js": 'import { two } from "./two.js";\nexport const one = two;\n',
        "js/two.js": 'import { one } from "./one.js";\nexport const two = one;\n',
    }
    with pytest.raises(ValueError, match="imports itself"):
        Bundle.of("js/all.js", sources, ["tick"])


def test_no_import_or_export_is_left_inside_a_module() -> None:
    for bundle in assets.joined_modules():
        for module in bundle.modules:
            assert not re.search(r"^(?:import|export)\b(?! \* )", module.body, re.MULTILINE)


def test_what_is_not_joined_imports_names_that_bundles_export() -> None:
    exported = {
        module.name: set(module.exports)
        for bundle in assets.joined_modules()
        for module in bundle.modules
    }
    joined = {name for bundle in assets.joined_modules() for name in bundle.components()}
    for path in assets.COMPONENTS.glob("*.js"):
        if path.stem in joined:
            continue
        for names, module in re.findall(
            r'^import \{([^}]+)\} from "moments/([^"]+)";', path.read_text(), re.MULTILINE
        ):
            wanted = {each.split(" as ")[0].strip() for each in names.split(",")} - {""}
            assert wanted <= exported.get(f"js/{module}", wanted), path.name


def test_nicegui_has_no_style_sheet_and_no_script_besides_the_joined_ones() -> None:
    folder = Path(nicegui.__file__).parent
    found = adapted((folder / "templates" / "index.html").read_text())
    assert "@import" not in found
    scripts = re.findall(r'<script[^>]* src="([^"]*)"', found)
    own = [each for each in scripts if each.endswith("/js/framework.js")]
    assert len(own) == 1
    assert [
        each for each in scripts if re.search(r"/static/(?:socket|quasar|nicegui|lang/)", each)
    ] == []
    assert "joined_imports(js_imports)" in found
    assert "without_joined(js_imports_urls)" in found
    assert re.search(r"<script(?![^>]*\b(?:src|nonce)=)", found) is None
