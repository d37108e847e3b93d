"""The importance of each parameter in a study."""

from __future__ import annotations

import math

from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.study import Study
from optuna.trial import TrialState

_ENOUGH = 10


def importance(study: Study) -> dict[str, float]:
    """Each parameter's share, the largest first, adding up to 1; empty if there is too little to tell.

    PED-ANOVA (Watanabe et al. 2023): how far the values of the best trials differ from those of all completed ones. It
    draws no random numbers, and measures ranges on the scale that they are searched on, where Optuna's fANOVA would
    weigh the wide end of a logarithmic range most. The best are a tenth of the trials, but at least five.
    Fewer than ten completed trials, or a single parameter, say nothing.
    """
    completed = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    names = sorted({name for trial in completed for name in trial.params})
    if len(completed) < _ENOUGH or len(names) < 2:  # noqa: PLR2004  (a share of one is no share)
        return {}
    best = max(5, math.ceil(len(completed) / 10))
    values = sorted((trial.value or 0.0 for trial in completed), reverse=True)
    if values[best - 1] == values[-1]:  # ties make every trial one of the best
        return {}
    evaluator = PedAnovaImportanceEvaluator(target_quantile=best / len(completed))
    shares = get_param_importances(study, evaluator=evaluator, params=names)
    return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
