"""Write docs/rulebook from the packs: ``python tools/rulebook_docs.py [--check]``.

A page for each jurisdiction, its golden cases and its coverage table beside it, in both languages.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from arrears.rulebook import case_told, telling
from arrears.rulebook.coverage import Row, read_coverage
from arrears.rulebook.load import Pack, Rulebook, load_rulebook
from arrears.rulebook.rule import Rule
from arrears.rulebook.telling import Language
from arrears.rulebook.vocabulary import Label

FOLDER = Path(__file__).parents[1] / "docs" / "rulebook"
MADE = "<!-- Made by tools/rulebook_docs.py from the packs; change those, not this. -->"
LANGUAGES: tuple[Language, ...] = ("zh", "en")
EVERYBODY = Label("everybody", "所有人")
BINDING = Label(
    "The strictest rule that applies wins. The law is that of the borrower's place; where it is"
    " not known, every law applies at once. House rules always apply, are shown as such, and never"
    " allow what a law forbids. A draft only warns.",
    "适用的规则中最严格者优先。适用借款人所在地的法律；所在地不明时，同时适用全部法律。"
    "本机构规则始终适用，并如实标明，绝不放宽法律的禁止。草案仅作提示。",
)
SEPARATORS = {"zh": "；", "en": "; "}


def pages(rulebook: Rulebook) -> dict[str, str]:
    """Every page by its path below docs/rulebook."""
    made = {"README.md": _page(_index(rulebook))}
    for code, pack in rulebook.packs.items():
        made[f"{code}.md"] = _page(_rules(pack, rulebook))
        made[f"cases/{code}.md"] = _page(_cases(pack, rulebook))
        if rows := read_coverage(pack.folder):
            made[f"coverage/{code}.md"] = _page(_coverage(pack, rows))
    return made


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _index(rulebook: Rulebook) -> Iterator[str]:
    yield from ("# The rulebook · 规则手册", "", MADE, "")
    yield "What may be done, to whom and when. The packs under `src/arrears/rulebook/packs` say it."
    yield from ("", BINDING.en, "", BINDING.zh, "")
    yield "| pack | 中文 | in force | drafts | golden cases | rows of the reference |"
    yield "|---|---|---:|---:|---:|---:|"
    for code, pack in rulebook.packs.items():
        states = Counter(rule.status for rule in pack.rules)
        rows = len(read_coverage(pack.folder))
        covered = f"[{rows}](coverage/{code}.md)" if rows else "–"
        cases = f"[{sum(map(len, _beside(pack, rulebook).values()))}](cases/{code}.md)"
        counts = f"{states['active']} | {states['draft']} | {cases} | {covered}"
        yield f"| [{pack.en}]({code}.md) | {pack.zh} | {counts} |"
    yield ""
    yield from _legend("How binding · 效力", telling.FORCES, telling.FORCES_TOLD)
    yield from _legend("How sure · 可信程度", telling.GRADES, telling.GRADES_TOLD)
    yield from _legend("What became of a row · 条目的处理方式", telling.KINDS, {})
    yield "See also [what is proved](proofs.md), and [an act as JSON](act.md)."


def _legend(title: str, names: dict[str, Label], told: dict[str, Label]) -> Iterator[str]:
    yield from (f"## {title}", "", "| | English | 中文 |", "|---|---|---|")
    for code, name in names.items():
        more = told.get(code)
        english, chinese = (f": {more.en}", f"：{more.zh}") if more else ("", "")
        yield f"| `{code}` | {name.en}{english} | {name.zh}{chinese} |"
    yield ""


def _rules(pack: Pack, rulebook: Rulebook) -> Iterator[str]:
    yield from (f"# {pack.en} · {pack.zh}", "", MADE, "")
    links = [f"[golden cases · 案例](cases/{pack.code}.md)"]
    if read_coverage(pack.folder):
        links.append(f"[coverage · 覆盖表](coverage/{pack.code}.md)")
    yield from (f"[all packs · 全部](README.md) · {' · '.join(links)}", "")
    beside = _beside(pack, rulebook)
    for stem, rules in _by_theme(pack):
        yield from (f"## {telling.theme(stem, 'en')} · {telling.theme(stem, 'zh')}", "")
        for rule in rules:
            yield from _rule(rule, len(beside.get(rule.id, ())))


def _by_theme(pack: Pack) -> list[tuple[str, list[Rule]]]:
    grouped: dict[str, list[Rule]] = {}
    for written in pack.written:
        grouped.setdefault(PurePath(written.file).stem, []).append(written.rule)
    order = {code: number for number, code in enumerate(telling.THEMES)}
    return sorted(grouped.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))


def _rule(rule: Rule, cases: int) -> Iterator[str]:
    yield from (f"### `{rule.id}`", "", rule.zh, "", rule.en, "", "| | |", "|---|---|")
    force, grade = telling.FORCES[rule.force], telling.GRADES[rule.grade]
    yield f"| binding · 效力 | {force.en} · {force.zh} |"
    yield f"| source · 依据 | {_cell(rule.cite)} |"
    yield f"| sure · 可信程度 | {rule.grade}: {grade.en} · {grade.zh} |"
    yield f"| in force · 生效期间 | {_when(rule)} |"
    yield f"| acts · 行为 | {_both(telling.acts(rule.acts, language) for language in LANGUAGES)} |"
    whom = [telling.whom(rule, language) for language in LANGUAGES]
    yield f"| whom · 对象 | {_both(whom) if whom[0] else f'{EVERYBODY.zh} · {EVERYBODY.en}'} |"
    if telling.by_whom(rule, "en"):
        by = _both(telling.by_whom(rule, language) for language in LANGUAGES)
        yield f"| done by · 执行方 | {by} |"
    yield f"| what can be done · 可以怎么做 | {_cell(rule.do_zh)}<br>{_cell(rule.do_en)} |"
    reads = _both(telling.facts(rule.reads, language) for language in LANGUAGES)
    yield f"| looks at · 依据的事实 | {reads or '–'} |"
    if rule.rows:
        yield f"| rows · 条目 | {' '.join(f'`{row}`' for row in rule.rows)} |"
    yield f"| golden cases · 案例 | {cases} |"
    yield from (
        "",
        "<details><summary>Cedar</summary>",
        "",
        "```cedar",
        telling.body(rule),
        "```",
        "",
    )
    yield from ("</details>", "")


def _when(rule: Rule) -> str:
    state = "" if rule.status == "active" else " · draft 草案"
    if rule.from_on is None and rule.until_on is None:
        return f"always 一直有效{state}"
    return f"[{rule.from_on or '…'}, {rule.until_on or '…'}){state}"


def _both(told: Iterable[Iterable[str]]) -> str:
    """What is told in Chinese, below it the same in English."""
    lines = (
        SEPARATORS[language].join(each) for language, each in zip(LANGUAGES, told, strict=True)
    )
    return "<br>".join(_cell(line) for line in lines if line)


def _cases(pack: Pack, rulebook: Rulebook) -> Iterator[str]:
    yield from (f"# Golden cases · 案例：{pack.en} · {pack.zh}", "", MADE, "")
    yield "Each begins at the baseline of its act, which every law allows, and says what differs."
    yield from (
        f"每个案例以该行为的基准情形（各法域均允许）为起点，只写不同之处。[{pack.en}](../{pack.code}.md)",
        "",
    )
    baselines = case_told.baselines_of(rulebook)
    for name, cases in _beside(pack, rulebook).items():
        yield from (f"## `{name}`", "")
        for case in cases:
            chinese, english = (
                case_told.told(case, baselines[case.act.act], language) for language in LANGUAGES
            )
            outcome = {"allowed": "✓ 允许 allowed", "warned": "✓ 允许并提示 allowed, warned"}.get(
                english.outcome, "✗ 拒绝 refused"
            )
            ids = ", ".join(f"`{rule}`" for rule in english.rules)
            yield f"- **{outcome}**{f' ({ids})' if ids else ''}: {chinese.text} · {english.text}"
            yield f"  - {SEPARATORS['zh'].join(chinese.circumstances)}"
            yield f"  - {SEPARATORS['en'].join(english.circumstances)}"
        yield ""


def _beside(pack: Pack, rulebook: Rulebook) -> dict[str, tuple[case_told.Case, ...]]:
    every = case_told.cases_of(rulebook)
    names = dict.fromkeys(rule.id for rule in pack.rules)
    return {name: every[name] for name in names if name in every}


def _coverage(pack: Pack, rows: Iterable[Row]) -> Iterator[str]:
    yield from (f"# Coverage · 覆盖表：{pack.en} · {pack.zh}", "", MADE, "")
    yield "Every row of the reference: its kind, what carries it, and why."
    yield "每一条目的处理方式、承载者与理由。"
    yield from (f"[{pack.en}](../{pack.code}.md)", "")
    yield from ("| row | kind | carried by | why |", "|---|---|---|---|")
    for row in rows:
        kind = telling.KINDS.get(row.kind, Label(row.kind, row.kind))
        later = f"<br>later 以后: {row.later}" if row.later else ""
        parts = [*(f"`{rule}`" for rule in row.rules)]
        parts += [f"`{row.module}`"] if row.module else []
        parts += [f"screen 页面: {row.screen}"] if row.screen else []
        why = "<br>".join(_cell(reason) for reason in (row.reason_zh, row.reason_en) if reason)
        carried = "<br>".join(parts) or "–"
        yield f"| `{row.row}` | {kind.zh}<br>{kind.en}{later} | {carried} | {why} |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main(arguments: list[str]) -> int:
    made = pages(load_rulebook())
    kept = {"act.md", "proofs.md"}  # written by hand or by `arrears policy prove`
    found = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*.md")}
    stale = sorted(
        name
        for name in {*made, *(set(found) - kept)}
        if name not in found or name not in made or found[name].read_text("utf-8") != made[name]
    )
    if "--check" not in arguments:
        for name in stale:
            path = FOLDER / name
            if name not in made:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[name], "utf-8")
    for name in stale:
        print(f"docs/rulebook/{name}: {'is stale' if '--check' in arguments else 'written'}")
    return int("--check" in arguments and bool(stale))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
