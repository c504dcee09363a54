"""Active values as bytes and buffers."""

import array
import ctypes
import io
import pickle
import struct
import types

import numpy as np


def b_tobytes(x):
    return np.frombuffer(np.array([x]).tobytes())[0]


def b_tobytes_arr(a):
    return np.sum(np.frombuffer(a.tobytes()))


def b_struct(x):
    return struct.unpack("d", struct.pack("d", x))[0]


def b_struct_var(x):
    s = struct.pack("d", x)
    return struct.unpack("d", s)[0]


def b_pickle(x):
    return pickle.loads(pickle.dumps(x))


def b_memoryview(a):
    m = memoryview(a)
    return m[0] + m[1]


def b_data(a):
    return a.data[0]


def b_view_int(a):
    return np.sum(a.view(np.int64).view(float))


def b_view(a):
    v = a.view()
    return np.sum(v * v)


def b_view_float(a):
    return np.sum(a.view(float))


def b_array_array(x):
    return array.array("d", [x])[0]


def b_ctypes(x):
    return ctypes.c_double(x).value


def b_bytes_arr(a):
    return np.frombuffer(bytes(a))[0]


def b_bytearray(a):
    return np.frombuffer(bytearray(a))[0]


def b_save(x):
    b = io.BytesIO()
    np.save(b, np.array([x]))
    b.seek(0)
    return np.load(b)[0]


def b_getfield(a):
    return np.sum(a.getfield(np.float64))


def b_ctypes_arr(a):
    return a.ctypes.data_as(ctypes.POINTER(ctypes.c_double))[0]


def b_frombuffer_direct(a):
    return np.frombuffer(a)[0]


def b_asarray_data(a):
    return np.sum(np.asarray(a.data))


def b_fromiter(a):
    return np.sum(np.fromiter(a, float))


def b_structured(a):
    r = np.array([(0.0, 0.0)], dtype=[("u", float), ("v", float)])
    r["u"][0] = a[0]
    return r["u"][0]


def b_interface(a):
    return np.sum(np.asarray(types.SimpleNamespace(__array_interface__=a.__array_interface__)))


def b_dlpack(a):
    return np.sum(np.from_dlpack(a))
