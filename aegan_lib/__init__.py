"""How should reconstruction and adversary be weighed in a GAN whose generator is an autoencoder?

The registry `aegan_lib.versions.VERSIONS` is the experiment; `aegan_lib.training.train` runs
one version; `aegan_lib.report` turns finished runs into one HTML page.
"""

__version__ = "0.1.0"
