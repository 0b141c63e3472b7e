"""Tables: each function makes one of the tidy results, or of the runs themselves."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "calibration": [
            "calibration_said",
            "calibration_table",
        ],
        "claims": [
            "identities",
            "statements",
        ],
        "comparisons": [
            "comparisons_table",
        ],
        "diagnosis": [
            "stability_table",
            "symptoms_table",
        ],
        "differences": [
            "differences_table",
        ],
        "names": [
            "in_groups",
        ],
        "numbers": [
            "adversary_table",
            "appearance_table",
            "changes_table",
            "documents_table",
            "overview_table",
            "probe_table",
            "pulls_table",
            "run_table",
            "yardsticks_table",
        ],
        "origins": [
            "again_table",
            "execution_table",
            "profile_table",
            "provenance_table",
            "registry_table",
            "settings_table",
        ],
        "outcomes": [
            "outcomes_table",
        ],
        "scores": [
            "closeness_table",
            "readings_table",
            "scores_table",
            "separations_table",
        ],
        "study": [
            "costs_table",
            "gains_table",
        ],
        "verification": [
            "limits_table",
            "moves_table",
            "mutants_table",
        ],
    },
)
