"""Opens what a run leaves with the tools it is meant for, and says what they see."""

import json
import os
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

folder = pathlib.Path(os.environ["FOLDER"])
asked = json.load(sys.stdin)


def make_input(path, rows):
    """Columns that Arrow has and DuckDB might lose, in several row groups."""
    numbers = range(rows)
    table = pa.table(
        {
            "uid": pa.array([f"{n:032x}" for n in numbers]),
            "URL": pa.array([None if n % 11 == 0 else f"https://h{n % 97}.example/{n}" for n in numbers]),
            "small": pa.array([n % 100 for n in numbers], pa.int8()),
            "half": pa.array([n % 65536 for n in numbers], pa.uint16()),
            "big": pa.array([2**64 - 1 - n for n in numbers], pa.uint64()),
            "real": pa.array([n / 3 for n in numbers], pa.float32()),
            "flag": pa.array([None if n % 5 == 0 else n % 2 == 0 for n in numbers]),
            "bytes": pa.array([bytes([n % 256, 0, 255]) for n in numbers]),
            "day": pa.array([n for n in numbers], pa.date32()),
            "ms": pa.array([n * 1000 for n in numbers], pa.timestamp("ms")),
            "ns": pa.array([n * 1001 for n in numbers], pa.timestamp("ns")),
            "utc": pa.array([n for n in numbers], pa.timestamp("us", tz="UTC")),
            "price": pa.array([None if n % 3 == 0 else n for n in numbers], pa.decimal128(20, 4)),
            "word": pa.array([f"w{n % 4}" for n in numbers]).dictionary_encode(),
            "face_bboxes": pa.array(
                [None if n % 7 == 0 else [[n / 2, 0.5, 1.0, 0.25]] * (n % 3) for n in numbers],
                pa.list_(pa.list_(pa.float64())),
            ),
            "exif": pa.array(
                [{"make": f"m{n}", "size": {"w": n, "h": None if n % 2 else n}, "tags": [{"k": "a", "v": [n]}]} for n in numbers]
            ),
            "scores": pa.array(
                [[("a", n / 4), ("b", None)] for n in numbers], pa.map_(pa.string(), pa.float64())
            ),
        }
    )
    pq.write_table(table, path, row_group_size=1000, compression="snappy")
    exact = pa.table({"sum": pa.array([10**45 + 1], pa.decimal256(50, 2))})
    pq.write_table(exact, path.with_name("exact.parquet"))


def values(column):
    if not pa.types.is_timestamp(column.type):
        return column.to_pylist()
    # Python's own times end at microseconds.
    return column.cast(pa.timestamp("ns", tz=column.type.tz)).cast(pa.int64()).to_pylist()


def nested_equal(original, copies):
    """Whether the copies, put together, are the rows of the original, value for value."""
    table = pq.read_table(original)
    for name, dropped in copies.items():
        keep = np.ones(table.num_rows, bool)
        keep[np.array(dropped["rows"], int) - 1] = False
        mask = keep if dropped["write"] == "kept" else ~keep
        expected = table.filter(pa.array(mask))
        found = pq.read_table(name)
        if found.column_names != expected.column_names:
            return f"{name} has the columns {found.column_names}"
        for column in expected.column_names:
            if values(found[column]) != values(expected[column]):
                return f"{name} differs in {column}"
            if column not in ("ms", "word") and found.schema.field(column).type != expected.schema.field(column).type:
                return f"{name} has {column} as {found.schema.field(column).type}"
    return "equal"


def datacomp(path, kept):
    """What resharder.py does with a subset: the type it asserts, and its two searches for each uid."""
    u16 = np.dtype("u8,u8")
    removed = np.load(path, mmap_mode="r")
    halves = [(int(uid[:16], 16), int(uid[16:32], 16)) for uid in kept]
    counts = []
    for pair in halves:
        key = np.array([pair], u16)[0]
        counts.append(int(np.searchsorted(removed, key, "right") - np.searchsorted(removed, key, "left")))
    everything = np.array(halves, u16)
    everything.sort()
    resorted = np.array(removed)
    resorted.sort()
    remaining = np.setdiff1d(everything, removed)
    return {
        "isType": removed.dtype == u16,
        "shape": list(removed.shape),
        "isSorted": bool((resorted == removed).all()),
        "counts": counts,
        "uids": [f"{int(a):016x}{int(b):016x}" for a, b in removed],
        "remaining": [f"{int(a):016x}{int(b):016x}" for a, b in remaining],
    }


def nemo(directory):
    """As ImageDuplicatesRemovalStage reads its folder."""
    schema = pa.schema([pa.field("id", pa.string())])
    return ds.dataset(directory, format="parquet", schema=schema).to_table(columns=["id"])["id"].to_pylist()


def types(path):
    return {field.name: str(field.type) for field in pq.read_schema(path)}


if asked["what"] == "make":
    make_input(folder / "input.parquet", asked["rows"])
    print("null")
else:
    print(
        json.dumps(
            {
                "nested": nested_equal(asked["input"], asked["copies"]),
                "datacomp": datacomp(asked["npy"], asked["uids"]),
                "nemo": nemo(asked["nemo"]),
                "types": types(asked["decisions"]),
                "rows": pq.read_table(asked["decisions"], columns=["row"])["row"].to_pylist(),
            }
        )
    )
