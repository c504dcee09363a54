"""`match` as the tests and assignments that it stands for.

match x:                     if isinstance(x, (list, tuple)) and len(x) == 2:
    case [a, b]:        ->       a = x[0]
        body                     b = x[1]
                                 body
"""

from __future__ import annotations

import copy

import gast

from .build import constant, expression, load, located, names_stored, statement, store


def without_match(stmts, namer, concerns) -> list:
    """`stmts` with every `match` for which `concerns(stmt)` holds rewritten, at any depth."""
    out = []
    for stmt in stmts:
        for name in ("body", "orelse"):
            if isinstance(stmt, (gast.If, gast.For, gast.While, gast.With)) and getattr(stmt, name, None):
                setattr(stmt, name, without_match(getattr(stmt, name), namer, concerns))
        if isinstance(stmt, gast.Match) and concerns(stmt):
            out.extend(_rewrite(stmt, namer, concerns))
        else:
            out.append(stmt)
    return out


def _rewrite(stmt, namer, concerns):
    subject = stmt.subject
    before = []
    if not isinstance(subject, gast.Name) or subject.id in names_stored([case.pattern for case in stmt.cases]):
        name = namer.fresh("subject")
        before.append(located(gast.Assign([store(name)], subject, None), stmt))
        subject = load(name)
    matched = namer.fresh("matched") if any(c.guard for c in stmt.cases) else None
    orelse: list = []
    for case in reversed(stmt.cases):
        tests, bindings = [], []
        _pattern(case.pattern, subject, tests, bindings)
        body = [located(gast.Assign([store(n)], v, None), case.pattern) for n, v in bindings]
        inner = without_match(case.body, namer, concerns)
        if case.guard is not None:
            # the guard sees the bindings; where it fails the next cases are tried
            guarded = located(gast.If(case.guard, [statement("m = True", at=stmt, m=matched), *inner], []), stmt)
            taken = [located(gast.If(_all(tests), [*body, guarded], []), stmt)]
            rest = [located(gast.If(expression("not m", m=matched), orelse, []), stmt)] if orelse else []
            orelse = [*taken, *rest]
        elif tests:
            orelse = [located(gast.If(_all(tests), [*body, *inner], orelse), stmt)]
        else:
            orelse = [*body, *inner]
    if matched:
        before.append(statement("m = False", at=stmt, m=matched))
    return [*before, *orelse]


def _all(tests):
    if not tests:
        return constant(True)
    return tests[0] if len(tests) == 1 else gast.BoolOp(gast.And(), tests)


def _pattern(pattern, subject, tests, bindings):
    """Collect what must hold of `subject` and what it then binds."""
    if isinstance(pattern, gast.MatchValue):
        tests.append(gast.Compare(subject, [gast.Eq()], [pattern.value]))
    elif isinstance(pattern, gast.MatchSingleton):
        tests.append(gast.Compare(subject, [gast.Is()], [constant(pattern.value)]))
    elif isinstance(pattern, gast.MatchAs):
        if pattern.pattern is not None:
            _pattern(pattern.pattern, subject, tests, bindings)
        if pattern.name:
            bindings.append((pattern.name, subject))
    elif isinstance(pattern, gast.MatchOr):
        _choice(pattern.patterns, subject, tests, bindings)
    elif isinstance(pattern, gast.MatchSequence):
        _sequence(pattern.patterns, subject, tests, bindings)
    elif isinstance(pattern, gast.MatchClass):
        _class(pattern, subject, tests, bindings)
    elif isinstance(pattern, gast.MatchMapping):
        tests.append(expression("isinstance(s, dict)", s=subject))
        for key, value in zip(pattern.keys, pattern.patterns):
            tests.append(expression("k in s", k=key, s=subject))
            _pattern(value, expression("s[k]", s=subject, k=key), tests, bindings)
        if pattern.rest:
            keys = gast.Tuple(list(pattern.keys), gast.Load())
            rest = expression("{k: v for k, v in s.items() if k not in keys}", s=subject, keys=keys)
            bindings.append((pattern.rest, rest))


def _choice(patterns, subject, tests, bindings):
    """`p | q`: the names that each alternative binds are taken from the first that matches."""
    choices, bound = [], []
    for pattern in patterns:
        inner: list = []
        values: list = []
        _pattern(pattern, subject, inner, values)
        choices.append(_all(inner))
        bound.append(dict(values))
    tests.append(gast.BoolOp(gast.Or(), choices))
    for name in bound[0]:
        value = bound[-1][name]
        for test, values in zip(choices[-2::-1], bound[-2::-1]):
            value = gast.IfExp(copy.deepcopy(test), values[name], value)
        bindings.append((name, value))


def _sequence(patterns, subject, tests, bindings):
    starred = [i for i, p in enumerate(patterns) if isinstance(p, gast.MatchStar)]
    tests.append(expression("isinstance(s, (list, tuple))", s=subject))
    count = len(patterns)
    if starred:
        tests.append(expression("len(s) >= n", s=subject, n=constant(count - 1)))
    else:
        tests.append(expression("len(s) == n", s=subject, n=constant(count)))
    for i, pattern in enumerate(patterns):
        if starred and i == starred[0]:
            if pattern.name:
                upper = None if i == count - 1 else gast.UnaryOp(gast.USub(), constant(count - 1 - i))
                piece = gast.Subscript(subject, gast.Slice(constant(i), upper, None), gast.Load())
                bindings.append((pattern.name, gast.Call(load("list"), [piece], [])))
            continue
        index = constant(i) if not starred or i < starred[0] else gast.UnaryOp(gast.USub(), constant(count - i))
        _pattern(pattern, gast.Subscript(subject, index, gast.Load()), tests, bindings)


def _class(pattern, subject, tests, bindings):
    tests.append(expression("isinstance(s, cls)", s=subject, cls=pattern.cls))
    builtin = isinstance(pattern.cls, gast.Name) and pattern.cls.id in SELF_MATCHING
    for i, inner in enumerate(pattern.patterns):
        if builtin:
            _pattern(inner, subject, tests, bindings)
        else:
            field = expression("getattr(s, cls.__match_args__[i])", s=subject, cls=pattern.cls, i=constant(i))
            _pattern(inner, field, tests, bindings)
    for name, inner in zip(pattern.kwd_attrs, pattern.kwd_patterns):
        _pattern(inner, gast.Attribute(subject, name, gast.Load()), tests, bindings)


SELF_MATCHING = frozenset(
    ["bool", "bytearray", "bytes", "dict", "float", "frozenset", "int", "list", "set", "str", "tuple"]
)
