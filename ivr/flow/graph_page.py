"""Pictures of a flow and of all that it goes through enter; one HTML file leaves that needs nothing from
elsewhere. It shows one picture at a time: a click on a flow opens it, a click on a sign finds its box."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ivr.flow.flow import Flow
from ivr.flow.graph import Graph
from ivr.flow.graph_svg import FONT, GROUPS, svg

_STYLE = f"""
body {{font-family: {FONT}; margin: 0; color: #222}}
header {{position: sticky; top: 0; left: 0; background: #fff; padding: 10px; border-bottom: 1px solid #ccc}}
nav a {{margin-right: 12px; color: #14539a; text-decoration: none}}
nav a.here {{font-weight: 600; color: #111}}
ul {{list-style: none; margin: 8px 0 0; padding: 0; font-size: 12px}}
li {{display: inline-block; margin-right: 14px}}
i {{display: inline-block; width: 14px; height: 10px; border: 1px solid; margin-right: 5px}}
section {{padding: 12px; overflow-x: auto}}
h2 {{font-size: 17px; margin: 4px}}
h2 small {{font-weight: 400; color: #666}}
@media print {{header {{position: static}}}}
"""
# without scripts all pictures stand one below the other
_SCRIPT = """
const pictures = [...document.querySelectorAll("section")];
function show() {
  const wanted = decodeURIComponent(location.hash.slice(1)), name = wanted.split("/")[0];
  const shown = pictures.find(one => one.id === name) || pictures[0];
  for (const one of pictures) one.hidden = one !== shown;
  for (const link of document.querySelectorAll("nav a"))
    link.className = link.hash === "#" + encodeURIComponent(shown.id) ? "here" : "";
  const box = wanted.includes("/") && document.getElementById(wanted);
  if (box) box.scrollIntoView({block: "center", inline: "center"}); else scrollTo(0, 0);
}
addEventListener("hashchange", show);
show();
"""


def page(root: Flow, graphs: Mapping[str, Graph], note: str = "") -> str:
    """`graphs` by the names of the flows; `note` is said at the top."""
    order = [root.name, *sorted(name for name in graphs if name != root.name)]
    nav = "".join(f'<a href="#{escape(name)}">{escape(name)}</a>' for name in order)
    key = "".join(
        f'<li><i style="background:{inside};border-color:{rim}"></i>{escape(group)}'
        f"{'' if words == (group,) else ': ' + ', '.join(words)}</li>"
        for group, (inside, rim, words) in GROUPS.items()
    )
    sections = "".join(
        f'<section id="{escape(name)}"><h2>{escape(name)} <small>{escape(root.flows[name].file.name)}</small>'
        f"</h2>{svg(graphs[name], name, order)}</section>"
        for name in order
    )
    return (
        f'<!doctype html><html lang="{root.language}"><head><meta charset="utf-8">'
        f"<title>{escape(root.name)}</title><style>{_STYLE}</style></head><body>"
        f"<header><nav>{nav}</nav><ul>{key}</ul>{f'<p>{escape(note)}</p>' if note else ''}</header>"
        f"{sections}<script>{_SCRIPT}</script></body></html>\n"
    )
