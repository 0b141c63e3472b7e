"""How should reconstruction and adversary be weighed in a GAN whose generator is an autoencoder?

    faces = load("faces", "quick")
    run = train("v4", faces, seed=0)
    figures.input_output(run, faces.test)

VERSIONS is the experiment, read from top to bottom. Everything is loaded when it is first used, so
that importing this costs nothing.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["figures", "latent", "losses", "metrics", "players", "rules", "tables", "widgets"],
    submod_attrs={
        "datasets": ["load"],
        "evaluation.measuring": ["evaluate"],
        "evaluation.probe": ["load_probe"],
        "extras": ["register"],
        "profiles": ["PROFILES"],
        "runs": ["find_run"],
        "schedules": ["SlopeSchedule"],
        "training": ["train"],
        "versions": ["VERSIONS", "Version"],
    },
)
