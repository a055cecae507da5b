"""FAISS over the same hashes: IndexBinaryMultiHash(256, 16, 16), which Meta's matcher uses, and IndexBinaryFlat.

usage: run_faiss.py HASHES QUERIES MULTI_SINGLE MULTI_BATCH FLAT_SINGLE FLAT_BATCH; prints one line of JSON.
"""

import json
import resource
import sys
import time

import faiss
import numpy

hashes = numpy.fromfile(sys.argv[1], dtype=numpy.uint8).reshape(-1, 32)
queries = numpy.fromfile(sys.argv[2], dtype=numpy.uint8).reshape(-1, 32)
multi_single, multi_batch, flat_single, flat_batch = map(int, sys.argv[3:7])
# range_search takes what is nearer than this, so 32 finds 31.
radius = 32
faiss.omp_set_num_threads(1)


def rss():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(index, single, batch):
    before = rss()
    start = time.perf_counter()
    index.add(hashes)
    build = time.perf_counter() - start
    memory = rss() - before
    found = 0
    index.range_search(queries[:2], radius)
    start = time.perf_counter()
    for at in range(single):
        limits, _, _ = index.range_search(queries[at : at + 1], radius)
        found += int(limits[-1] > 0)
    one = (time.perf_counter() - start) / single
    start = time.perf_counter()
    index.range_search(queries[:batch], radius)
    many = (time.perf_counter() - start) / batch
    return {"buildS": build, "bytes": memory, "singleMs": one * 1e3, "batchMs": many * 1e3, "found": found}


multi_index = faiss.IndexBinaryMultiHash(256, 16, 16)
multi_index.nflip = 1
multi = measure(multi_index, multi_single, multi_batch)
del multi_index
flat = measure(faiss.IndexBinaryFlat(256), flat_single, flat_batch)
print(json.dumps({"version": faiss.__version__, "multi": multi, "flat": flat}))
