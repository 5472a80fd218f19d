"""Random pipelines as text, over all stages but select, each of which LANGUAGE.md allows.

Owns which stage may stand behind which, and the stages whose rows are those before them: a pipeline is drawn
stage by stage, and what columns there are by then is followed.
"""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from flowql.schema import Kind
from oracle.random_expressions import conditions, expressions
from oracle.random_groups import GROUP_STEPS
from oracle.random_shape import Draw, Shape, Step, some


@st.composite
def pipelines(draw: Draw, filters: SearchStrategy[str], lists: tuple[str, ...] = ()) -> list[str]:
    """No stage to five; `lists` are names of lists of which the entries are addresses and have columns."""
    shape = Shape()
    stages = []
    steps = _ROW_STEPS + ((_LOOKUP,) if lists else ())

    def add(among: tuple[Step, ...]) -> None:
        # Of what nobody can be sure of there is nothing to ask.
        step = draw(st.sampled_from(among if shape.reliable else (_head,)))
        stages.append(step(draw, shape, filters, lists))

    for _ in range(draw(st.sampled_from((0, 1, 1, 2, 2, 3, 4)))):
        add(steps)
    if draw(st.integers(0, 3)):
        add(GROUP_STEPS)
        for _ in range(draw(st.sampled_from((0, 0, 1, 2)))):
            add(steps)
    return stages


# ---- stages whose rows are those before them


def _where(draw: Draw, shape: Shape, filters: SearchStrategy[str], *_: object) -> str:
    if shape.is_plain and draw(st.booleans()):
        return f"where {draw(filters)}"
    return f"where {draw(conditions(shape.reliable))}"


def _eval(draw: Draw, shape: Shape, *_: object) -> str:
    assignments = []
    for _number in range(draw(st.sampled_from((1, 1, 2)))):
        text, kind = draw(expressions(shape.reliable))
        name = shape.new_name()
        assignments.append(f"{name} = {text}")
        shape.columns[name] = kind
        shape.is_plain = False
        if kind is Kind.REAL and text.startswith(("round", "8 / ")):
            shape.inexact.add(name)
    return f"eval {', '.join(assignments)}"


def _rename(draw: Draw, shape: Shape, *_: object) -> str:
    chosen = draw(st.lists(st.sampled_from(sorted(shape.columns)), min_size=1, max_size=2, unique=True))
    pairs = {old: shape.new_name() for old in chosen}  # names of which none is another's alias
    shape.inexact = {pairs.get(name, name) for name in shape.inexact}
    shape.columns = {pairs.get(name, name): kind for name, kind in shape.columns.items()}
    shape.of_records = shape.is_plain = False
    return f"rename {', '.join(f'{old} as {new}' for old, new in pairs.items())}"


def _fields(draw: Draw, shape: Shape, *_: object) -> str:
    chosen = some(draw, sorted(shape.named), 5)
    shape.inexact &= set(chosen)
    shape.columns = {name: shape.named[name] for name in chosen}
    shape.of_records = shape.is_plain = False
    return f"fields {', '.join(chosen)}"


def _sort(draw: Draw, shape: Shape, *_: object) -> str:
    keys = some(draw, sorted(shape.reliable), 3)
    return "sort " + ", ".join(draw(st.sampled_from(("", "-"))) + key for key in keys)


def _head(draw: Draw, *_: object) -> str:
    return f"{draw(st.sampled_from(('head', 'tail')))} {draw(st.integers(1, 30))}"


def _dedup(draw: Draw, shape: Shape, *_: object) -> str:
    names = sorted(shape.columns.keys() - shape.inexact)
    return f"dedup {', '.join(some(draw, names, 2))}" if names else _head(draw)


def _lookup(draw: Draw, shape: Shape, _: object, lists: tuple[str, ...]) -> str:
    on = shape.of(Kind.ADDRESS)
    if not shape.columns.keys() & set(on):
        return _head(draw)
    prefix = shape.new_name()
    shape.columns |= {f"{prefix}-{name}": Kind.TEXT for name in ("owner", "site")}
    shape.is_plain = False
    column = draw(st.sampled_from(sorted(shape.columns.keys() & set(on))))
    return f"lookup @{draw(st.sampled_from(lists))} on {column} as {prefix}"


_LOOKUP: Step = _lookup
_ROW_STEPS: tuple[Step, ...] = (_where, _where, _eval, _eval, _rename, _fields, _sort, _sort, _head, _dedup)
