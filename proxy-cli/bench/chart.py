"""The figures as a picture: an SVG of bars, each beside those of its row's best peer."""

from xml.sax.saxutils import escape

from figures import OURS, shown

_WIDTH = 900
_LEFT = 280
_UNIT = 200
_MOST = 2.4
_BAR = 12
_STEP = 15
_GAP = 14
_TOP = 78
_TICKS = (0, 0.5, 1, 1.5, 2)

_STYLE = """
  .ground { fill: #ffffff } text { fill: #1f2328; font: 12px system-ui, sans-serif }
  .heading { font-size: 16px; font-weight: 600 } .ours { fill: #0969da } .peer { fill: #afb8c1 }
  .grid { stroke: #d1d9e0 } .one { stroke: #59636e }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .ours { fill: #4493f8 }
    .peer { fill: #545d68 } .grid { stroke: #30363d } .one { stroke: #9198a1 }
  }
"""


def svg(figures, caption):
    """Each row is drawn to the scale of its best peer, which is 1; its figures are written out."""
    bars = []
    y = _TOP
    for row in figures:
        medians = row.medians()
        if not medians:
            continue
        middle = y + len(medians) * _STEP / 2 + 2
        bars.append(_text(_LEFT - 12, middle, f"{row.title}", anchor="end"))
        one = _one(row)
        for name, value in medians.items():
            bars += _bar(y, name, value, value / one, row.unit)
            y += _STEP
        y += _GAP
    height = y + 40
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
            f' width="{_WIDTH}" height="{height}" role="img">',
            "<title>What a unit of work costs each proxy</title>",
            f"<desc>{escape(caption)}</desc>",
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{_WIDTH}" height="{height}"/>',
            _text(16, 26, "What a unit of work costs each proxy", kind="heading"),
            _text(16, 46, caption),
            *_axis(y),
            *bars,
            "</svg>\n",
        ]
    )


def _one(row):
    """What is drawn as 1: the best peer or, where that has nothing to compare with, the most."""
    medians = row.medians()
    best = row.best_peer()
    one = medians[best] if best else 0
    return one if one > 0 else max(*medians.values(), 0) or 1


def _x(ratio):
    return _LEFT + _UNIT * ratio


def _bar(y, name, value, ratio, unit):
    """One that is longer than there is room for ends at the edge; its figure tells the rest."""
    length = _UNIT * max(0, min(ratio, _MOST))
    kind = "ours" if name == OURS else "peer"
    more = " →" if ratio > _MOST else ""
    return [
        f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{length:.1f}" height="{_BAR}"/>',
        _text(_LEFT + length + 6, y + _BAR - 2, f"{name} {shown(value)} {unit}{more}"),
    ]


def _axis(bottom):
    lines = []
    for tick in _TICKS:
        kind = "one" if tick == 1 else "grid"
        lines.append(
            f'<line class="{kind}" x1="{_x(tick):.1f}" x2="{_x(tick):.1f}" y1="{_TOP - 8}"'
            f' y2="{bottom}"/>'
        )
        lines.append(_text(_x(tick), _TOP - 12, f"{tick:g}", anchor="middle"))
    lines.append(_text(_LEFT, bottom + 20, "times what the best peer takes; shorter is better"))
    return lines


def _text(x, y, text, kind=None, anchor=None):
    more = (f' class="{kind}"' if kind else "") + (f' text-anchor="{anchor}"' if anchor else "")
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(text)}</text>'
