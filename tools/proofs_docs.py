"""Write docs/rulebook/proofs.md from the claims: ``python tools/proofs_docs.py [--check]``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from arrears.rulebook.load import Pack, load_rulebook
from arrears.rulebook.prove.claims import Claim, read_claims
from arrears.rulebook.prove.shadow import read_shadowed

PAGE = Path(__file__).parents[1] / "docs" / "rulebook" / "proofs.md"
BEGINNING = """\
# What is proved · 已证明的性质

<!-- Made by tools/proofs_docs.py from src/arrears/rulebook/prove/claims.cedar; change that. -->

`arrears policy prove` reads the packs a third time, as one formula for Z3, and shows each claim
below for **every** act: every value of every fact, unknown ones too, every actor and party, every
jurisdiction and none, every day between two changes of the rules. `make test` prints the list.

`arrears policy prove` 将全部规则包编译为 Z3 公式，对**所有**可能的行为逐条证明下列命题：
任意事实取值（含未知）、任意执行者与对象、任意或未知法域、任意日期。`make test` 会打印结果。

## How to read it

- A claim is Cedar, as rules are. `forbid` says *never*: what it describes is refused, whatever else
  is true. `permit` says *possible*: for each of its acts, in every jurisdiction and on every date,
  some such act is allowed; without these a rulebook that refuses everything would prove well.
- Claims are written from the law and the blueprint, not from the packs. A claim that fails is
  either a hole in the rules or a wrong claim: let the law decide which, never make the two alike.
- A claim that does not hold comes with a **counter-example**: the act nearest to a lawful one,
  written as a golden case, and confirmed by deciding it with Cedar and by sweeping it. If the three
  readings disagreed, that would be a defect of ours, and the command says so and stops.
- Beside the claims it proves that house rules only narrow, that no rule is dead (no act can meet
  it), and that no rule is wholly covered by others of its own pack unless the pack's
  `shadowed.yaml` lists it with the reason. A law under a stricter house rule counts as needed.

## What a proof does not say

- It is about the rules, not about the facts: that a notice was given 24 hours ago is a fact that
  somebody loads. A fact that is missing altogether never reaches a rule; the engine refuses.
- It is about active rules. Drafts refuse nothing, so nothing follows from them.
- Cedar decides, and not Z3. That both read a rule alike is tested (`tests/unit/prove`,
  `tests/property`), not proved.

## Changing rules

```
git worktree add ../before main
arrears policy diff ../before/src/arrears/rulebook/packs
arrears policy mutants --pack cn
```

`diff` says per act, jurisdiction and span of days what is newly allowed and newly refused, with an
example each; *nothing* is a proof. `mutants` changes each rule in every small way (drops it, a
condition or a member of a list, turns a comparison, moves a number or a day by one) and names every
change that no golden case, no claim and not Cedar's validator would notice, with the case that
would. `make test` fails on a survivor.
"""
GROUPS = {
    "V1": "V1: nothing starts on what is not known, not approved or stopped",
    "V2": "V2: no visit but by appointment",
    "V3": "V3: a hold stops what collects, and nothing else",
    "V4": "V4: what is needless stops",
    "V7": "V7: a third person never learns of the debt",
    "hours": "Hours",
    "caps": "Caps",
    "possible": "Something is possible",
}
OTHERS = "Persons, channels, agencies, bureaus, limitation"


def page(claims: tuple[Claim, ...], packs: Mapping[str, Pack]) -> str:
    """The whole page."""
    return "\n".join([BEGINNING, *_claims(claims), *_covered(packs)]).rstrip() + "\n"


def _claims(claims: tuple[Claim, ...]) -> Iterator[str]:
    def group(claim: Claim) -> str:
        return GROUPS.get(claim.id.split(".")[0], OTHERS)

    order = [*dict.fromkeys([*GROUPS.values(), OTHERS])]
    ordered = sorted(claims, key=lambda claim: order.index(group(claim)))
    for title, members in groupby(ordered, group):
        yield from (f"## {title}", "")
        for claim in members:
            yield from _claim(claim)


def _claim(claim: Claim) -> Iterator[str]:
    yield from (f"### `{claim.id}`", "", claim.en, "", claim.zh, "")
    yield from ("```cedar", claim.text[claim.text.index(_effect(claim)) + 1 :], "```", "")


def _effect(claim: Claim) -> str:
    return "\nforbid" if claim.kind == "never" else "\npermit"


def _covered(packs: Mapping[str, Pack]) -> Iterator[str]:
    yield from ("## Rules that others of their pack cover", "", "| rule | why it stands | 理由 |")
    yield "|---|---|---|"
    for pack in packs.values():
        for rule, (english, chinese) in read_shadowed(pack).items():
            yield f"| `{rule}` | {english} | {chinese} |"


def main(arguments: list[str]) -> int:
    """Write the page, or only say whether it is stale."""
    made = page(read_claims(), load_rulebook().packs)
    stale = not PAGE.is_file() or PAGE.read_text("utf-8") != made
    if stale and "--check" not in arguments:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(made, "utf-8")
    if stale:
        state = "is stale: run python tools/proofs_docs.py" if "--check" in arguments else "written"
        print(f"docs/rulebook/proofs.md {state}")
    return int(stale and "--check" in arguments)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
