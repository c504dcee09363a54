"""Error messages: their text to the character, and what they can be caught as."""

import copy
import pickle

import pytest

from srcgrad import errors
from srcgrad.errors import InternalError, Position, SrcgradError, UnsupportedSyntax

WHERE = Position("train.py", 12, "        loss = await step(batch)", 15, 32, "loss")
ADVICE = "A derivative runs synchronously. Await the data first and differentiate the function of it."
CLASSES = [getattr(errors, name) for name in errors.__all__ if name != "Position"]


def test_a_message_says_what_and_where_and_what_to_do():
    error = UnsupportedSyntax("'await' cannot be differentiated", where=WHERE, advice=ADVICE)
    assert str(error) == (
        "'await' cannot be differentiated\n"
        "\n"
        "  train.py, line 12, in loss\n"
        "     12 |         loss = await step(batch)\n"
        "        |                ^^^^^^^^^^^^^^^^^\n"
        "  A derivative runs synchronously. Await the data first and differentiate the function of it."
    )
    assert (error.what, error.where, error.advice) == ("'await' cannot be differentiated", WHERE, ADVICE)


@pytest.mark.parametrize(
    ("where", "advice", "message"),
    [
        (None, "", "no rule"),
        (None, "Add one.", "no rule\n\n  Add one."),
        (None, "Add one.\nOr two.", "no rule\n\n  Add one.\n  Or two."),
        (Position("a.py", 1, "", 0, 0, "f"), "", "no rule\n\n  a.py, line 1, in f"),
        (Position("a.py", 12345, "x", 0, 1, "f"), "", "no rule\n\n  a.py, line 12345, in f\n  12345 | x\n        | ^"),
        (
            Position("a.py", 1, "\tx=y", 3, 4, "f"),
            "",
            "no rule\n\n  a.py, line 1, in f\n      1 | \tx=y\n        | \t  ^",
        ),
        (Position("a.py", 1, "x", 0, 0, "f"), "", "no rule\n\n  a.py, line 1, in f\n      1 | x\n        | ^"),
    ],
    ids=["alone", "advice", "two lines of advice", "no text", "long line number", "tab", "empty span"],
)
def test_parts_that_are_missing_leave_no_gap(where, advice, message):
    assert str(errors.NoRule("no rule", where=where, advice=advice)) == message


def test_a_traceback_shows_the_public_name():
    assert UnsupportedSyntax.__module__ == "srcgrad"


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [
        (errors.NotDifferentiable, TypeError),
        (errors.WrongArgument, TypeError),
        (errors.WrongValue, ValueError),
        (errors.NotScalar, TypeError),
        (errors.WrongKind, TypeError),
    ],
)
def test_wrong_types_and_values_are_pythons_too(cls, builtin):
    with pytest.raises(builtin, match="words"):
        raise cls("words")


@pytest.mark.parametrize("cls", CLASSES)
def test_every_class_is_a_srcgrad_error_with_a_sentence(cls):
    assert issubclass(cls, SrcgradError)
    assert cls.__doc__.endswith(".")


@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("copied", [copy.copy, lambda e: pickle.loads(pickle.dumps(e))], ids=["copy", "pickle"])
def test_errors_survive_copying(cls, copied):
    error = cls("what", where=WHERE, advice="advice")
    again = copied(error)
    assert type(again) is cls
    assert str(again) == str(error)
    assert (again.what, again.where, again.advice) == (error.what, WHERE, "advice")


class OwnError(SrcgradError):
    """A user's subclass."""


def test_a_subclass_elsewhere_survives_pickling():
    again = pickle.loads(pickle.dumps(OwnError("what")))
    assert type(again) is OwnError
    assert str(again) == "what"


def test_an_internal_error_admits_a_bug_and_carries_the_tree():
    error = InternalError("a name was read before it was written", tree=("tree",))
    assert str(error).startswith("this is a bug in srcgrad: a name was read before it was written\n\n  Nothing")
    assert pickle.loads(pickle.dumps(error)).tree == ("tree",)
