"""Figures: each function draws one, with its caption and alt text. Nothing is measured here."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "codes": [
            "edits",
            "interpolation",
            "traversal",
            "vector_arithmetic",
        ],
        "comparing": [
            "learning_curves",
            "likeness_and_realism",
        ],
        "dataset": [
            "attribute_groups",
            "attribute_shares",
            "crop",
            "dataset_sheet",
            "describe",
        ],
        "landscape": [
            "derivative_graph",
            "effective_weights",
            "gradient_norms",
            "v1_drive",
        ],
        "run": [
            "beta_curve",
            "discriminator_accuracy",
            "discriminator_loss",
            "input_output",
            "loss_curves",
            "signal_maps",
        ],
        "study": [
            "frontier",
        ],
        "verification": [
            "weight_differences",
        ],
        "versions": [
            "versions_figure",
            "versions_side_by_side",
        ],
    },
)
