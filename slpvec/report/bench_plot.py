"""A benchmark as a picture: ratio to the reference by program, with intervals; each arm has a colour and a hatch."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slpvec.bench.arms import CONTROL
from slpvec.bench.session import BenchResult
from slpvec.bench.statistics import Interval
from slpvec.errors import MissingToolError
from slpvec.llvm.files import write_atomically

# Light colours that all eyes tell apart, on which error bars can be seen, and hatches for black and white.
_STYLES = (
    ("#56B4E9", ""),
    ("#F0B541", "////"),
    ("#66C2A5", "...."),
    ("#E7B5D0", "\\\\\\\\"),
    ("#FFFFFF", "xxxx"),
    ("#E08B5F", "++++"),
)
_CONTROL_STYLE = ("#DDDDDD", "")
Groups = dict[str, dict[str, Interval]]
"""Intervals by arm, by program."""
MEAN = "geometric\nmean"
_GROUP = 0.84  # width of a program's bars, of the distance between programs
SUFFIXES = (".png", ".svg")


def require_plot() -> None:
    """Raises MissingToolError if matplotlib is not installed."""
    try:
        import matplotlib as _  # noqa: F401
    except ImportError:
        hint = "run `pip install 'slpvec[plot]'`"
        raise MissingToolError("matplotlib was not found, which draws the plot", hint=hint) from None


def plot_paths(name: str) -> list[str]:
    """The files of a plot: the name with .png and with .svg, whichever of them it ends in."""
    path = Path(name)
    base = path.with_suffix("") if path.suffix in SUFFIXES else path
    return [f"{base}{suffix}" for suffix in SUFFIXES]


def write_plot(result: BenchResult, name: str) -> list[str]:
    """Write both files and return their names. Raises MissingToolError without matplotlib, InputError if not writable.

    Nothing is drawn, and no name returned, where no arm has a ratio.
    """
    require_plot()
    panels = plotted(result)
    if not panels:
        return []
    for path in plot_paths(name):
        write_atomically(path, _draw(result, panels, path.rpartition(".")[2]))
    return plot_paths(name)


def plotted(result: BenchResult) -> dict[str, Groups]:
    """What is drawn: a panel for each form of the programs, with its geometric mean last if there is one."""
    panels: dict[str, Groups] = {}
    for case in result.cases:
        found = {arm: a.interval for arm, a in case.arms.items() if a.interval is not None and _drawn(arm, result)}
        if found:
            panels.setdefault(case.labels.get("form", ""), {})[case.labels.get("program", case.name)] = found
    for mean in result.means:
        if _drawn(mean.arm, result) and mean.form in panels:
            panels[mean.form].setdefault(MEAN, {})[mean.arm] = mean.interval
    return panels


def _drawn(arm: str, result: BenchResult) -> bool:
    return arm != result.settings.reference


def _draw(result: BenchResult, panels: Mapping[str, Groups], format_: str) -> bytes:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    arms = [arm for arm in (*result.settings.arms, CONTROL) if _drawn(arm, result)]
    widest = max(len(groups) for groups in panels.values())
    size = (min(12.0, max(5.5, 2.2 + 0.2 * widest * (len(arms) + 1.2))), 0.9 + 3.2 * len(panels))
    # Text stays text in SVG, and its identifiers do not depend on chance.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "slpvec", "hatch.linewidth": 0.8, "font.size": 10}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        rows = list(figure.subplots(len(panels), sharey=True, squeeze=False)[:, 0])
        for axes, (form, groups) in zip(rows, panels.items(), strict=True):
            _bars(axes, groups, arms)
            _decorate(axes, groups, f"{form} pointers" if form else "")
        _label(figure, rows, result)
        stream = io.BytesIO()
        metadata = {"Date": None} if format_ == "svg" else {"Software": None}
        figure.savefig(stream, format=format_, dpi=160, metadata=metadata)
    return stream.getvalue()


def _bars(axes: Any, groups: Groups, arms: Sequence[str]) -> None:
    width = _GROUP / len(arms)
    for number, arm in enumerate(arms):
        colour, hatch = _CONTROL_STYLE if arm == CONTROL else _STYLES[number % len(_STYLES)]
        shown = {group: found[arm] for group, found in enumerate(groups.values()) if arm in found}
        axes.bar(
            [group - _GROUP / 2 + width * (number + 0.5) for group in shown],
            [i.ratio - 1.0 for i in shown.values()],
            width * 0.92,
            bottom=1.0,
            label=arm,
            color=colour,
            hatch=hatch,
            edgecolor="black",
            linewidth=0.7,
            yerr=[[i.ratio - i.low for i in shown.values()], [i.high - i.ratio for i in shown.values()]],
            error_kw={"elinewidth": 1.1, "capsize": min(3.0, 12 * width), "ecolor": "black"},
            zorder=3,
        )


def _decorate(axes: Any, groups: Groups, title: str) -> None:
    axes.axhline(1.0, color="black", linewidth=1.0, zorder=4)
    axes.set_xticks(range(len(groups)), list(groups))
    axes.set_xlim(-0.6, len(groups) - 0.4)
    axes.tick_params(axis="x", length=0)
    axes.margins(y=0.08)
    axes.yaxis.grid(visible=True, color="#BBBBBB", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(title, loc="left", fontsize=10)
    if MEAN in groups:
        axes.axvline(len(groups) - 1.5, color="#888888", linewidth=0.8, linestyle=":")


def _label(figure: Any, rows: Sequence[Any], result: BenchResult) -> None:
    settings = result.settings
    classes = sorted({case.labels["class"] for case in result.cases if "class" in case.labels})
    kind = f"NAS class {', '.join(classes)}" if classes else ""
    about = f"ratio of medians of {settings.runs} runs, with 95 % intervals"
    figure.suptitle(f"{kind}{': ' if kind else ''}{about}", fontsize=11)
    measure = {"user": "User CPU time", "cpu": "CPU time", "wall": "Time"}[settings.measure]
    figure.supylabel(f"{measure} relative to {settings.reference} (below 1: faster)", fontsize=10)
    rows[0].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, handlelength=1.8, handleheight=1.2)
