"""Ways by which the value of an active variable may leave the reach of derivatives and come back as a number.

Each function whose name has the prefix of its file is one program of a float `x` or an array `a`.
"""
