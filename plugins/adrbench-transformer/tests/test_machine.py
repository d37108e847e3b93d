"""A cell can say which precision and which instructions it computed with."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from adrbench_transformer.machine import computing


def test_the_precision_is_told() -> None:
    """It is the one that was asked for, and a CPU has one kind of instructions."""
    for precision, expected in (("float32", 0), ("bfloat16", 1)):
        facts = computing(precision, "cpu")  # type: ignore[arg-type]
        assert facts.pop("bfloat16") == expected
        assert [(name.startswith("kernel_"), value) for name, value in facts.items()] == [(True, 1)]


@pytest.mark.slow
@pytest.mark.skipif(torch.backends.cpu.get_cpu_capability() != "AVX512", reason="the processor has no AVX-512")
def test_the_instructions_are_those_in_use() -> None:
    """Where PyTorch is told to do without AVX-512, float32 is computed with less."""
    code = "from adrbench_transformer.machine import computing; print(computing('float32', 'cpu'))"
    for told, expected in (("avx2", "{'bfloat16': 0, 'kernel_avx2': 1}"), ("", "{'bfloat16': 0, 'kernel_avx512': 1}")):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={"ATEN_CPU_CAPABILITY": told} if told else {},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == expected
