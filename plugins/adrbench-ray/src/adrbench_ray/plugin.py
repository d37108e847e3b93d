"""The description of the Ray executor. Ray itself is imported in the process that talks to the cluster only."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from adrbench.api import ExecutorPlugin


@dataclass(frozen=True)
class RayParams:
    """Where the cluster is, and how long it is waited for."""

    address: str = ""
    """``HOST:PORT`` from a machine of the cluster; ``ray://HOST:PORT`` from any other, with the port of the head's Ray
    Client server; empty: ``RAY_ADDRESS``, else a cluster that was started on this machine, else this machine alone."""

    autoscaling: bool = False
    """Whether nodes join when they are asked for. A request that no node meets now then waits."""

    patience: Annotated[float, Field(gt=0)] = 30.0
    """Seconds in which Ray may notice that a node is lost."""

    connect_timeout: Annotated[float, Field(gt=0)] = 120.0
    """Seconds to wait for the cluster's answer at the start."""


def _missing(params: RayParams) -> str | None:
    address = params.address or os.environ.get("RAY_ADDRESS", "")
    if address.startswith("ray://") and importlib.util.find_spec("grpc") is None:
        inside = "or start the run on a machine of the cluster, with HOST:PORT"
        return f"the address {address} needs Ray's client: pip install 'adrbench-ray[client]', {inside}"
    return None


plugin = ExecutorPlugin(
    name="ray",
    summary="a Ray cluster, without a shared disk",
    params=RayParams,
    implementation="adrbench_ray.executor:RayExecutor",
    requires=("ray",),
    distribution="adrbench-ray",
    missing=_missing,
    api="1.2",
    same_node=True,
)
