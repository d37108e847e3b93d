"""The first words of another interpreter: ``PYTHON greeting.py``, a request on standard input, an answer on its output.

Any Python 3 must be able to run this file, and adrbench need not be there: it is run by path, not imported. The
request's ``version`` is that of the asking adrbench; one of another version is asked nothing.
"""

import json
import os
import sys


def _greet(request: "dict[str, object]") -> "dict[str, object]":
    told: dict[str, object] = {"python": list(sys.version_info[:3])}
    if sys.version_info < (3, 11):  # noqa: UP036
        return told
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        told["adrbench"] = version("adrbench")
    except PackageNotFoundError:
        return told
    if told["adrbench"] != request["version"]:
        return told
    try:
        from adrbench._system.protocol import PROTOCOL_VERSION  # noqa: PLC0415
        from adrbench.api import API_VERSION  # noqa: PLC0415
        from adrbench.config.interpreters._answer import answer  # noqa: PLC0415
    except Exception as error:  # noqa: BLE001  (whatever is wrong there is to be said here)
        return dict(told, broken="%s: %s" % (type(error).__name__, error))  # noqa: UP031
    told.update(api=API_VERSION, protocol=PROTOCOL_VERSION)
    if [API_VERSION.split(".")[0], PROTOCOL_VERSION] == request["versions"]:
        told.update(answer(request))
    return told


if __name__ == "__main__":
    # A plugin that prints while it is imported must not spoil the answer.
    kept = os.dup(1)
    os.dup2(2, 1)
    said = json.dumps(_greet(json.loads(sys.stdin.read())))
    with os.fdopen(kept, "w") as stream:
        stream.write(said)
    sys.stdout.flush()
    os._exit(0)
