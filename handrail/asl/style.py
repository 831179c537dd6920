"""The style sheet and the icons of the drawings."""

from handrail.asl.palette import ACCENTS, STATUSES

FONT = (
    'system-ui, -apple-system, "Segoe UI", "Hiragino Sans", "Noto Sans", "Noto Sans JP", "Noto Sans CJK JP", sans-serif'
)

# One small picture a type, as a path in a field of 16 by 16, drawn as a line.
ICONS = {
    "Task": "M2.5 3.5h11v9h-11zM6.8 5.9v4.2l3.6-2.1z",
    "Pass": "M2.5 8h10M9 4.5 12.5 8 9 11.5",
    "Wait": "M8 2.2a5.8 5.8 0 1 0 .01 0M8 4.8V8l2.3 1.6",
    "Choice": "M8 1.8 14.2 8 8 14.2 1.8 8z",
    "Succeed": "M8 2.2a5.8 5.8 0 1 0 .01 0M5.4 8.2l1.8 1.8 3.5-3.9",
    "Fail": "M8 2.2a5.8 5.8 0 1 0 .01 0M5.9 5.9l4.2 4.2M10.1 5.9 5.9 10.1",
    "Map": "M2.5 6.5h8v7h-8zM5 6.5V4h8v7h-2.5",
    "Parallel": "M8 1.8V5M3.5 14V8a3 3 0 0 1 3-3h3a3 3 0 0 1 3 3v6",
}

# class, property, light, dark
PLAIN = (
    ("ground", "fill", "#ffffff", "#0d1117"),
    ("chip", "fill", "#ffffff", "#0d1117"),
    ("node", "fill", "#ffffff", "#161b22"),
    ("node", "stroke", "#c9d1d9", "#3d444d"),
    ("group", "fill", "#f6f8fa", "#11161d"),
    ("group", "stroke", "#c9d1d9", "#3d444d"),
    ("branch", "stroke", "#d8dee4", "#2a313a"),
    ("name", "fill", "#1f2328", "#e6edf3"),
    ("caption", "fill", "#59636e", "#9198a1"),
    ("word", "fill", "#424a53", "#b1bac4"),
    ("edge", "stroke", "#8c959f", "#6e7681"),
    ("head", "fill", "#8c959f", "#6e7681"),
    ("edge.catch", "stroke", "#d1606a", "#d1606a"),
    ("head.catch", "fill", "#d1606a", "#d1606a"),
    ("mark", "fill", "#57606a", "#8b949e"),
)
FIXED = f"""
.asl text{{font-family:{FONT}}}
.asl .name{{font-size:13px;font-weight:600}}
.asl .caption{{font-size:10.5px}}
.asl .word{{font-size:11px;text-anchor:middle}}
.asl .node,.asl .group{{stroke-width:1.2}}
.asl .branch{{fill:none;stroke-dasharray:3 4}}
.asl .edge{{fill:none;stroke-width:1.5}}
.asl .edge.catch{{stroke-dasharray:5 3.5}}
.asl .icon,.asl .sign{{fill:none;stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}}
.asl .sign{{stroke:#ffffff;stroke-width:1.6}}
.asl .chip{{opacity:.92}}
.asl .dim{{opacity:.55}}
"""


def css() -> str:
    """The whole style sheet; dark colours stand under the reader's own preference."""
    return f"{FIXED}{colours(0)}\n@media (prefers-color-scheme:dark){{\n{colours(1)}\n}}\n"


def colours(scheme: int) -> str:
    rules = [f".asl .{name}{{{what}:{(light, dark)[scheme]}}}" for name, what, light, dark in PLAIN]
    rules += [f".asl .icon.{type_}{{stroke:{accents[scheme]}}}" for type_, accents in ACCENTS.items() if type_ in ICONS]
    for status, look in STATUSES.items():
        fill, line, text = (look.light, look.dark)[scheme]
        rules.append(f".asl .{status}>.node,.asl .{status}>.group{{stroke:{line};stroke-width:1.8}}")
        rules.append(f".asl .{status}>.node{{fill:{fill}}}.asl .{status}>.node~text{{fill:{text}}}")
        rules.append(f".asl .{status}>.badge{{fill:{line}}}")
    return "\n".join(rules)
