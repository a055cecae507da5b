"""Writes Parquet with pyarrow and fastparquet into a folder, and says what is in each column of each file."""

import hashlib
import itertools
import json
import os
import pathlib
import random
import sys

import fastparquet
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

folder = pathlib.Path(os.environ["FOLDER"])
rows = json.load(sys.stdin)["rows"]
chance = random.Random(20261124)
hosts = [f"host{n}.example" for n in range(300)]
urls = [
    None if chance.random() < 0.02 else f"https://{chance.choice(hosts)}/{'é' * (n % 3)}{chance.getrandbits(40):x}.jpg"
    for n in range(rows)
]
columns = {
    "url": urls,
    "page_url": sorted(f"https://{chance.choice(hosts)}/page/{n % 500}" for n in range(rows)),
    "sha256": [hashlib.sha256(str(n).encode()).hexdigest() for n in range(rows)],
    "id": [chance.getrandbits(63) * chance.choice([1, -1]) for n in range(rows)],
}
table = pa.table(columns)


def digest(values):
    """The same as in parquet.ts: every value behind its length, a missing one as a dash."""
    whole = hashlib.sha256()
    for value in values:
        text = b"-" if value is None else str(value).encode()
        whole.update(b"-;" if value is None else f"{len(text)}:".encode() + text + b";")
    return whole.hexdigest()


expected = {name: digest(values) for name, values in columns.items()}
files = {}
text_encodings = {"plain": "PLAIN", "delta-length": "DELTA_LENGTH_BYTE_ARRAY", "delta": "DELTA_BYTE_ARRAY", "dictionary": None}
for codec, version, (kind, encoding) in itertools.product(
    ["none", "snappy", "gzip", "zstd"], ["1.0", "2.0"], text_encodings.items()
):
    name = f"pyarrow-{kind}-{codec}-v{version[0]}.parquet"
    options = {"use_dictionary": True}
    if encoding is not None:
        numbers = "PLAIN" if kind == "plain" else "DELTA_BINARY_PACKED"
        texts = {column: encoding for column in ["url", "page_url", "sha256"]}
        options = {"use_dictionary": False, "column_encoding": {**texts, "id": numbers}}
    pq.write_table(
        table,
        folder / name,
        compression=codec,
        data_page_version=version,
        row_group_size=rows // 3 + 7,
        data_page_size=chance.choice([10_000, 100_000, 1_000_000]),
        write_page_checksum=chance.random() < 0.5,
        write_page_index=chance.random() < 0.5,
        **options,
    )
    files[name] = expected
# Values made anew that do not fit into memory at once.
long = [None if n % 11 == 0 else f"https://long.example/{'0123456789' * 60}/{n:09d}" for n in range(rows)]
pq.write_table(
    pa.table({"url": long}),
    folder / "pyarrow-delta-long.parquet",
    use_dictionary=False,
    column_encoding={"url": "DELTA_BYTE_ARRAY"},
    row_group_size=rows,
    data_page_size=1_000_000_000,
    write_batch_size=rows,
)
files["pyarrow-delta-long.parquet"] = {"url": digest(long)}
frame = pd.DataFrame(columns)
for codec in ["SNAPPY", "GZIP", "ZSTD", "UNCOMPRESSED"]:
    name = f"fastparquet-{codec.lower()}.parquet"
    fastparquet.write(str(folder / name), frame, compression=codec, row_group_offsets=rows // 2, write_index=False)
    files[name] = expected
json.dump({"files": files}, sys.stdout)
