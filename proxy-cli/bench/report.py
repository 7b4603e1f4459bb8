"""The figures as a table in Markdown, and as JSON."""

import json

from figures import OURS, shown

_NONE = "–"


def table(figures):
    names = _names(figures)
    lines = [
        "| | " + " | ".join(["unit", *names, "ratio"]) + " |",
        "|---|---|" + "---:|" * (len(names) + 1),
    ]
    for row in figures:
        medians = row.medians()
        cells = [shown(medians[name]) if name in medians else _NONE for name in names]
        lines.append("| " + " | ".join([row.title, row.unit, *cells, _ratio(row)]) + " |")
    return "\n".join(lines)


def _names(figures):
    """In the order in which they are measured."""
    return list(dict.fromkeys(name for row in figures for name in row.rounds))


def _ratio(row):
    ratio = row.ratio()
    if ratio is None:
        return _NONE
    return f"{ratio.value:.2f} ({ratio.least:.2f} to {ratio.most:.2f})"


def markdown(figures, run):
    """The table, how to read it and on what it was measured."""
    machine = run["machine"]
    where = (
        f"core {run['proxy_cpu']}, load and application on core {run['load_cpu']}"
        if run["proxy_cpu"] != run["load_cpu"]
        else f"core {run['proxy_cpu']}, beside load and application"
    )
    lines = [
        table(figures),
        "",
        "Less is better. µs and s/GiB are CPU time, user and system, of all processes of the"
        f" proxy; each figure is the median of {run['rounds']} x {run['seconds']} s. The ratio is"
        f" {OURS}'s to the best peer's, in brackets the least and the most of the rounds."
        " Handshakes are full ones of TLS 1.3.",
        "",
        f"{machine['date']}, {machine['cpu']}, {machine['cores']} cores, {machine['kernel']};"
        f" proxies on {where}; latency at {run['rate']} requests a second.",
        "",
        "; ".join(run["versions"]) + ".",
        "",
        f"    {run['command']}",
    ]
    for heading, items in (("Left out", run["left_out"]), ("Errors", run["errors"])):
        if items:
            lines += ["", f"{heading}: " + "; ".join(items) + "."]
    return "\n".join(lines)


def as_json(figures, run):
    rows = []
    for row in figures:
        ratio = row.ratio()
        rows.append(
            {
                "title": row.title,
                "unit": row.unit,
                "rounds": row.rounds,
                "medians": row.medians(),
                "best_peer": row.best_peer(),
                "ratio": None if ratio is None else ratio.value,
            }
        )
    return json.dumps({**run, "figures": rows}, indent=2, ensure_ascii=False) + "\n"
