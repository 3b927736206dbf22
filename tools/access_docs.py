"""Write docs/access.md from the access table.

python tools/access_docs.py            # write it anew
python tools/access_docs.py --check    # fail if it is not what the table says
"""

from __future__ import annotations

import sys
from pathlib import Path

from arrears.people.access.table import MACHINE, TABLE

PAGE = Path(__file__).resolve().parent.parent / "docs" / "access.md"
HEAD = """\
# Who may do what

Made from `src/arrears/people/access/table.yaml` by `tools/access_docs.py`; do not edit it here.
What the table does not grant is refused. *Programs* are machine clients: each is granted some of
these as its scopes. The console shows the same under *Who may do what*.
"""


def page() -> str:
    """The page as Markdown."""
    lines = [HEAD, "| permission | what | by |", "|---|---|---|"]
    names = {role.name: role.told.en for role in TABLE.roles.values()} | {MACHINE: "programs"}
    for resource in TABLE.resources.values():
        for action in resource.actions.values():
            who = ", ".join(names[role] for role in names if role in action.by) or "nobody"
            what = f"{resource.told.en}: {action.told.en}"
            lines.append(f"| `{resource.name}.{action.name}` | {what} | {who} |")
    lines += ["", "| field | shown to | masked for | hidden from |", "|---|---|---|---|"]
    for field in TABLE.fields.values():
        parts = [
            ", ".join(names[role] for role in names if field.seen[role] == seen) or "nobody"
            for seen in ("shown", "masked", "hidden")
        ]
        lines.append(f"| {field.told.en} | {' | '.join(parts)} |")
    limits = ", ".join(f"{names[role]} {limit}" for role, limit in TABLE.reveals_a_day.items())
    lines += [
        "",
        f"A reveal shows one field for {TABLE.reveal_minutes} minutes; a day: {limits}.",
        f"Exports above {TABLE.second_person_above_rows} rows need a second person; none has more"
        f" than {TABLE.most_rows:,}; they expire after {TABLE.expires_after_hours} hours.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
