"""Prints a segment's records as lines of JSON, read by fastavro alone. Bytes are hexadecimal text."""

import json
import sys
from datetime import datetime

import fastavro


def plain(value):
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    if isinstance(value, tuple):
        branch, inner = value
        return {"branch": branch.rsplit(".", 1)[-1], **plain(inner)}
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


with open(sys.argv[1], "rb") as file:
    for record in fastavro.reader(file, return_record_name=True):
        print(json.dumps(plain(record)))
