"""Writes the small Parquet files beside it with pyarrow: `python write.py`. expected.json says what is in them."""

import json
import pathlib
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

here = pathlib.Path(__file__).parent
rows = 40
urls = [None if i % 7 == 3 else f"https://h{i % 5}.example/{'ä' * (i % 4)}/{i}.jpg" for i in range(rows)]
pages = [f"https://page{i // 10}.example/" for i in range(rows)]
ids = [(-1) ** i * i * 1_000_000_007 * 97 for i in range(rows)]
ids[-1] = 2**63 - 1
ids[-2] = -(2**63)
shorts = [i * i - 100 for i in range(rows)]
digests = [bytes((i * 31 + b) % 256 for b in range(32)) for i in range(rows)]
uids = [uuid.UUID(int=i * 2**100 + 5) for i in range(rows)]
nested = [None if i % 6 == 0 else {"url": None if i % 6 == 1 else f"https://n{i}.example/"} for i in range(rows)]
table = pa.table(
    {
        "url": pa.array(urls, pa.string()),
        "page_url": pa.array(pages, pa.large_string()),
        "id": pa.array(ids, pa.int64()),
        "short": pa.array(shorts, pa.int32()),
        "sha256": pa.array(digests, pa.binary(32)),
        "uid": pa.array([u.bytes for u in uids], pa.uuid()),
        "many": pa.array([[u] for u in pages], pa.list_(pa.string())),
        "meta": pa.array(nested, pa.struct([("url", pa.string())])),
        "faces": pa.array([[{"x": i}] for i in range(rows)], pa.list_(pa.struct([("x", pa.int32())]))),
        "tags": pa.array([[("k", str(i))] for i in range(rows)], pa.map_(pa.string(), pa.string())),
    }
)

plain = {"use_dictionary": False}
delta = {
    "url": "DELTA_BYTE_ARRAY",
    "page_url": "DELTA_LENGTH_BYTE_ARRAY",
    "id": "DELTA_BINARY_PACKED",
    "short": "DELTA_BINARY_PACKED",
    "sha256": "DELTA_BYTE_ARRAY",
    "meta.url": "DELTA_BYTE_ARRAY",
}
files = {
    "plain-v1-none": {**plain, "data_page_version": "1.0", "compression": "none"},
    "plain-v2-zstd": {**plain, "data_page_version": "2.0", "compression": "zstd"},
    "dictionary-v1-snappy": {"data_page_version": "1.0", "compression": "snappy", "write_page_checksum": True},
    "dictionary-v2-gzip": {"data_page_version": "2.0", "compression": "gzip", "write_page_checksum": True},
    "delta-v1-gzip": {**plain, "column_encoding": delta, "data_page_version": "1.0", "compression": "gzip"},
    "delta-v2-zstd": {**plain, "column_encoding": delta, "data_page_version": "2.0", "compression": "zstd"},
    "old-version": {"version": "1.0", "data_page_version": "1.0", "compression": "snappy"},
}
for name, options in files.items():
    pq.write_table(table, here / f"{name}.parquet", row_group_size=25, data_page_size=300, store_schema=False, **options)
split = pa.table({"id": table["id"], "url": table["url"]})
pq.write_table(split, here / "byte-stream-split.parquet", use_dictionary=False, column_encoding={"id": "BYTE_STREAM_SPLIT", "url": "PLAIN"})

expected = {
    "url": urls,
    "page_url": pages,
    "id": [str(i) for i in ids],
    "short": [str(i) for i in shorts],
    "sha256": [d.hex() for d in digests],
    "uid": [str(u) for u in uids],
    "meta.url": [None if n is None else n["url"] for n in nested],
}
(here / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n")
