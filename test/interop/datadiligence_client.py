"""Runs the real datadiligence package: one question as JSON on standard input, one answer as JSON on standard output."""

import asyncio
import contextlib
import json
import sys

# The package prints to standard output where it has no key.
with contextlib.redirect_stdout(sys.stderr):
    import datadiligence
    from datadiligence.rules import SpawningAPI

    question = json.load(sys.stdin)
    SpawningAPI.SPAWNING_AI_API_URL = question["endpoint"]
    datadiligence.load_defaults(user_agent="interop/1")
    urls = question["urls"]
    rule = SpawningAPI(user_agent="interop/1")
    calls = {
        "is_allowed": lambda: datadiligence.is_allowed(urls=urls),
        "filter_allowed": lambda: datadiligence.filter_allowed(urls=urls),
        "is_allowed_async": lambda: asyncio.run(rule.is_allowed_async(urls=urls)),
        "filter_allowed_async": lambda: asyncio.run(rule.filter_allowed_async(urls=urls)),
        "is_allowed_one": lambda: rule.is_allowed(url=urls[0]),
    }
    try:
        answer = {"answer": calls[question["call"]]()}
    except Exception as error:
        answer = {"error": type(error).__name__, "message": str(error)}
json.dump(answer, sys.stdout)
