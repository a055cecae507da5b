"""Reads [{hosts, urls, words, asked}], and says of each URL asked whether datatrove's URLFilter drops it."""

import io
import json
import logging
import sys

from datatrove.data import Document
from datatrove.pipeline.filters.url_filter import URLFilter

# Without a network tldextract says at length that it takes the list it brings along.
logging.disable(logging.CRITICAL)


def is_dropped(url_filter, url):
    kept = url_filter.filter(Document(text="", id="", metadata={"url": url}))
    return kept is not True


answers = []
for sample in json.load(sys.stdin):
    url_filter = URLFilter(
        extra_domains=io.StringIO(sample["hosts"]),
        extra_urls=io.StringIO(sample["urls"]),
        banned_subwords=io.StringIO(sample["words"]),
        use_integrated_lists=False,
    )
    answers.append([is_dropped(url_filter, url) for url in sample["asked"]])
print(json.dumps(answers))
