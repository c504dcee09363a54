"""Jumps to the end: after this pass every `return`, `break` and `continue` is the last thing its path does.

    for x in xs:                      for x in xs:
        if x < 0:                         if x < 0:
            return x            ->            result, returned = x, True
        s += x                                break
    return s                              else:
                                              s += x
                                      if returned: ... else: result = s

A block that follows a branch which may jump moves into the branch's other side; where both sides may go on, a flag
says whether a jump was taken. A function has one `return`, its last statement.
"""

from __future__ import annotations

import copy

import gast

from .build import Namer, assign, constant, load, located, statement

JUMPS = (gast.Return, gast.Break, gast.Continue)
LOOPS = (gast.For, gast.While)
BLOCKS = (gast.If, gast.With, gast.For, gast.While)


def single_exit(body: list[gast.AST], namer: Namer) -> list[gast.AST]:
    """The function body `body` with its jumps in tail position and one `return` at its end."""
    return _Tails(namer).function(body)


def jumps_of(stmts, in_loop: bool = False) -> set[str]:
    """Which jumps may leave `stmts`: of 'return', 'break', 'continue' (the latter two outside of inner loops)."""
    found = set()
    for stmt in stmts:
        if isinstance(stmt, gast.Return):
            found.add("return")
        elif isinstance(stmt, (gast.Break, gast.Continue)):
            if not in_loop:
                found.add("break" if isinstance(stmt, gast.Break) else "continue")
        elif isinstance(stmt, LOOPS):
            found |= jumps_of(stmt.body, True) | jumps_of(stmt.orelse, in_loop)
        elif isinstance(stmt, gast.If):
            found |= jumps_of(stmt.body, in_loop) | jumps_of(stmt.orelse, in_loop)
        elif isinstance(stmt, gast.With):
            found |= jumps_of(stmt.body, in_loop)
        elif isinstance(stmt, gast.Match):
            for case in stmt.cases:
                found |= jumps_of(case.body, in_loop)
        elif isinstance(stmt, gast.Try):
            for part in (stmt.body, stmt.orelse, stmt.finalbody, *(h.body for h in stmt.handlers)):
                found |= jumps_of(part, in_loop)
    return found


def always_jumps(stmts) -> bool:
    """True when no path through `stmts` reaches their end."""
    for stmt in stmts:
        if isinstance(stmt, (*JUMPS, gast.Raise)):
            return True
        if isinstance(stmt, gast.If) and stmt.orelse and always_jumps(stmt.body) and always_jumps(stmt.orelse):
            return True
        if isinstance(stmt, gast.With) and always_jumps(stmt.body):
            return True
        if _is_endless(stmt) and "break" not in jumps_of(stmt.body):
            return True
    return False


def _is_endless(stmt) -> bool:
    return isinstance(stmt, gast.While) and isinstance(stmt.test, gast.Constant) and bool(stmt.test.value)


class _Tails:
    def __init__(self, namer: Namer):
        self.namer = namer
        self.result = None
        self.returned = None

    def function(self, body):
        body = list(body)
        last = body[-1] if body else None
        if "return" not in jumps_of(body[:-1]) and isinstance(last, gast.Return):
            value = last.value if last.value is not None else constant(None)
            return [*self.block(body[:-1]), located(gast.Return(value), last)]
        if "return" not in jumps_of(body):
            return [*self.block(body), located(gast.Return(constant(None)), last)]
        self.result = self.namer.fresh("result")
        body = self.block([*body, located(gast.Return(None), last)])
        return [*self.leaves(body), located(gast.Return(load(self.result)), last)]

    def leaves(self, stmts):
        """Replace the returns at the ends of paths by assignments of the result."""
        return [self.leaf(stmt) for stmt in stmts]

    def leaf(self, stmt):
        if isinstance(stmt, gast.Return):
            value = stmt.value if stmt.value is not None else constant(None)
            return assign(self.result, value, stmt)
        if isinstance(stmt, gast.If):
            return located(gast.If(stmt.test, self.leaves(stmt.body), self.leaves(stmt.orelse)), stmt)
        return stmt

    def block(self, stmts):
        """`stmts` with their jumps in tail position."""
        done = []
        for index, stmt in enumerate(stmts):
            rest = list(stmts[index + 1 :])
            if isinstance(stmt, JUMPS):
                return [*done, stmt]
            if isinstance(stmt, LOOPS):
                return [*done, *self.loop(stmt, rest)]
            leaving = jumps_of([stmt])
            if isinstance(stmt, gast.If):
                if not leaving:
                    done.append(located(gast.If(stmt.test, self.block(stmt.body), self.block(stmt.orelse)), stmt))
                    continue
                return [*done, *self.branch(stmt, rest, leaving)]
            if isinstance(stmt, gast.With):
                if not leaving:
                    done.append(located(gast.With(stmt.items, self.block(stmt.body), None), stmt))
                    continue
                before, inner, after = self.flagged(stmt.body, leaving, stmt)
                inner = self.block(inner)
                return [*done, *before, located(gast.With(stmt.items, inner, None), stmt), *self.block([*after, *rest])]
            done.append(stmt)
        return done

    def branch(self, stmt, rest, leaving):
        """An `if` that may jump: what follows it moves into the side that goes on."""
        if not rest:
            return [located(gast.If(stmt.test, self.block(stmt.body), self.block(stmt.orelse)), stmt)]
        if always_jumps(stmt.body):
            return [located(gast.If(stmt.test, self.block(stmt.body), self.block([*stmt.orelse, *rest])), stmt)]
        if stmt.orelse and always_jumps(stmt.orelse):
            return [located(gast.If(stmt.test, self.block([*stmt.body, *rest]), self.block(stmt.orelse)), stmt)]
        if len(rest) == 1 and isinstance(rest[0], (*JUMPS, gast.Assign, gast.AugAssign)):
            sides = [self.block([*side, *copy.deepcopy(rest)]) for side in (stmt.body, stmt.orelse)]
            return [located(gast.If(stmt.test, *sides), stmt)]
        before, (inner,), after = self.flagged([stmt], leaving, stmt)
        inner = located(gast.If(inner.test, self.block(inner.body), self.block(inner.orelse)), stmt)
        return [*before, inner, *self.block([*after, *rest])]

    def flagged(self, stmts, leaving, at):
        """Turn the jumps of `stmts` into flags: (flags reset, stmts without jumps, jumps taken by flag)."""
        before, after, flags = [], [], {}
        for kind in sorted(leaving):
            flags[kind] = self.namer.fresh({"return": "returned", "break": "broke", "continue": "skipped"}[kind])
            before.append(assign(flags[kind], constant(False), at))
            jump = {"return": gast.Return(load(self.result) if self.result else None)}.get(kind)
            jump = jump or {"break": gast.Break, "continue": gast.Continue}[kind]()
            after.append(located(gast.If(load(flags[kind]), [located(jump, at)], []), at))
        body = [self.flag_jumps(stmt, flags) for stmt in self.block(stmts)]
        return before, [s for group in body for s in group], after

    def flag_jumps(self, stmt, flags):
        """`stmt`, whose jumps are in tail position, with each replaced by setting its flag."""
        if isinstance(stmt, gast.Return):
            return [*self.keep_result(stmt), assign(flags["return"], constant(True), stmt)]
        if isinstance(stmt, (gast.Break, gast.Continue)):
            return [assign(flags["break" if isinstance(stmt, gast.Break) else "continue"], constant(True), stmt)]
        if isinstance(stmt, gast.If):
            sides = [[s for inner in side for s in self.flag_jumps(inner, flags)] for side in (stmt.body, stmt.orelse)]
            return [located(gast.If(stmt.test, sides[0] or [gast.Pass()], sides[1]), stmt)]
        return [stmt]

    def keep_result(self, stmt):
        if isinstance(stmt.value, gast.Name) and stmt.value.id == self.result:
            return []
        return [assign(self.result, stmt.value if stmt.value is not None else constant(None), stmt)]

    def loop(self, stmt, rest):
        """A loop: its returns become breaks behind a flag, its `else` a test of the flag for `break`."""
        body, before, after = self.block(stmt.body), [], []
        body = _without_final_continue(body)
        if "return" in jumps_of(body):
            returned = self.namer.fresh("returned")
            before.append(assign(returned, constant(False), stmt))
            body = self.leave_by_break(
                body,
                gast.Return,
                lambda s: [*self.keep_result(s), assign(returned, constant(True), s), located(gast.Break(), s)],
            )
            after.append(statement("if flag:\n    return result", at=stmt, flag=returned, result=self.result))
        if stmt.orelse:
            if "break" in jumps_of(body):
                broke = self.namer.fresh("broke")
                before.append(assign(broke, constant(False), stmt))
                body = self.leave_by_break(body, gast.Break, lambda s: [assign(broke, constant(True), s), s])
                after.append(located(gast.If(gast.UnaryOp(gast.Not(), load(broke)), stmt.orelse, []), stmt))
            else:
                after.extend(stmt.orelse)
        if isinstance(stmt, gast.For):
            loop = gast.For(stmt.target, stmt.iter, body or [gast.Pass()], [], None)
        else:
            loop = gast.While(stmt.test, body or [gast.Pass()], [])
        return [*before, located(loop, stmt), *self.block([*after, *rest])]

    def leave_by_break(self, stmts, kind, replace):
        out = []
        for stmt in stmts:
            if isinstance(stmt, kind):
                out.extend(replace(stmt))
            elif isinstance(stmt, gast.If):
                sides = [self.leave_by_break(side, kind, replace) for side in (stmt.body, stmt.orelse)]
                out.append(located(gast.If(stmt.test, *sides), stmt))
            else:
                out.append(stmt)
        return out


def _without_final_continue(stmts):
    """Drop `continue` where it is the last thing anyway."""
    out = []
    for stmt in stmts:
        if isinstance(stmt, gast.Continue):
            continue
        if isinstance(stmt, gast.If):
            body, orelse = _without_final_continue(stmt.body), _without_final_continue(stmt.orelse)
            stmt = located(gast.If(stmt.test, body or [located(gast.Pass(), stmt)], orelse), stmt)
        out.append(stmt)
    return out
