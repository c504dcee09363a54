"""Active values as text."""

import ast
import contextlib
import decimal
import fractions
import io
import json
import re
import string

import numpy as np

BUFFER = io.StringIO()


def s_str(x):
    return float(str(x))


def s_repr(x):
    return float(repr(x))


def s_fstring(x):
    return float(f"{x}")


def s_fstring_fmt(x):
    s = f"{x:.17g}"
    return float(s)


def s_format(x):
    return float(format(x))


def s_format_method(x):
    return float("{:.17g}".format(x))


def s_percent(x):
    return float("%.17g" % x)


def s_percent_tuple(x):
    return float("%.17g %s".split()[0] % (x,))


def s_json(x):
    return json.loads(json.dumps(x))


def s_json_list(x):
    return json.loads(json.dumps([x, 1.0]))[0]


def s_literal(x):
    return ast.literal_eval(repr(x))


def s_array2string(x):
    return float(np.array2string(np.array([x]), precision=17).strip("[]"))


def s_array_str(x):
    return float(np.array_str(np.array([x]), precision=17).strip("[]"))


def s_npstr(x):
    return np.float64(str(x))


def s_nparray_str(x):
    return np.array([str(x)]).astype(float)[0]


def s_nparray_str2(x):
    return np.array(str(x), dtype=float) * 1.0


def s_fromstring(x):
    return np.fromstring(str(x), sep=" ")[0]


def s_hex(x):
    return float.fromhex(x.hex())


def s_hex2(x):
    return float.fromhex(float.hex(x))


def s_join(x):
    return sum([float(p) for p in ",".join([str(x), "1.0"]).split(",")])


def s_split(x):
    a, b = f"{x} {2 * x}".split()
    return float(a) + float(b)


def s_concat(x):
    s = "" + str(x)
    return float(s)


def s_iadd(x):
    s = ""
    s += str(x)
    return float(s)


def s_loop(x):
    v = 0.0
    for p in [str(x), "2.0"]:
        v += float(p)
    return v


def s_regex(x):
    return float(re.match(r".*", str(x)).group())


def s_decimal(x):
    return float(decimal.Decimal(str(x)))


def s_decimal2(x):
    return float(decimal.Decimal(x))


def s_fraction(x):
    return float(fractions.Fraction(x))


def s_fraction2(x):
    f = fractions.Fraction(x)
    return f.numerator / f.denominator


def s_ratio(x):
    a, b = x.as_integer_ratio()
    return a / b


def s_encode(x):
    return float(str(x).encode())


def s_map(x):
    return sum(map(float, [str(x), "1"]))


def s_complex(x):
    return complex(str(x)).real


def s_template(x):
    return float(string.Template("$v").substitute(v=x))


def s_stringio(x):
    b = io.StringIO()
    b.write(str(x))
    return float(b.getvalue())


def s_stringio_print(x):
    b = io.StringIO()
    print(x, file=b)
    return float(b.getvalue())


def s_stringio_global(x):
    BUFFER.seek(0)
    BUFFER.truncate()
    BUFFER.write(str(x))
    return float(BUFFER.getvalue())


def s_savetxt(x):
    b = io.StringIO()
    np.savetxt(b, [x])
    b.seek(0)
    return np.loadtxt(b) * 1.0


def s_capture(x):
    b = io.StringIO()
    with contextlib.redirect_stdout(b):
        print(x)
    return float(b.getvalue())


def s_helper(x):
    return parse(show(x))


def show(x):
    return str(x)


def parse(s):
    return float(s)


def s_param(x):
    def inner(t):
        return float(t)

    return inner(str(x))


def s_lambda_list(x):
    fs = [lambda v: str(v)]
    return float(fs[0](x))


def s_dict(x):
    d = {"a": str(x)}
    return float(d["a"])


def s_tuple(x):
    t = (str(x), x)
    return float(t[0]) * t[1]


def s_int_repr(x):
    return int(str(x).split(".")[1][:6]) * 1e-6


def s_int_scaled(x):
    return int(x * 1e3) / 1e3


def s_compare(x):
    return x if str(x) == "0.7" else 2 * x


def s_raise(x):
    if x < 0:
        raise ValueError(f"bad {x}")
    return x * x


def s_key_lookup(x):
    d = {"0.7": 2.0}
    return d.get(str(x), 1.0) * x


def s_docs_lookup(x):
    name = "w" + str(len([x]))
    return {"w1": x}[name]


def s_exception_args(x):
    v = ValueError(x)
    return v.args[0]


def s_logging_str(x):
    msg = f"value {x}"
    print(msg, end="")
    return x * x
