"""The same networks and updates in PyTorch, to be measured beside ours; needs PyTorch.

Layer for layer and update for update what `aegan_lib.models` and `aegan_lib.step` do, as a
PyTorch user would write it: shapes, strides, filters, Adam and what is recorded of every batch.
Only the padding of a strided convolution is symmetric, as PyTorch has it: the same work.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn
from torch.nn import functional

Tensor = Any
Profile = Mapping[str, Any]  # a profile's fields: this runs where aegan_lib is not installed
BOTTLENECK, LEAK = 5, 0.2  # as in aegan_lib.models


def halvings(profile: Profile) -> int:
    return int(math.log2(profile["image_size"] / BOTTLENECK))


def convolutions(profile: Profile) -> list[nn.Module]:
    channels, layers = 3, []
    for stride in [1] + [2] * halvings(profile):
        layers += [
            nn.Conv2d(channels, profile["filters"], 5, stride, padding=2),
            nn.LeakyReLU(LEAK),
        ]
        channels = profile["filters"]
    return [*layers, nn.Flatten()]


def networks(profile: Profile) -> tuple[nn.Module, nn.Module, nn.Module]:
    flat = BOTTLENECK**2 * profile["filters"]
    encoder = nn.Sequential(
        *convolutions(profile), nn.Linear(flat, profile["latent_dim"]), nn.ReLU()
    )
    channels, upward = profile["latent_dim"], []
    for _ in range(halvings(profile)):
        upward += [nn.ConvTranspose2d(channels, profile["filters"], 4, 2, 1), nn.LeakyReLU(LEAK)]
        channels = profile["filters"]
    decoder = nn.Sequential(
        nn.Linear(profile["latent_dim"], BOTTLENECK**2 * profile["latent_dim"]),
        nn.LeakyReLU(LEAK),
        nn.Unflatten(1, (profile["latent_dim"], BOTTLENECK, BOTTLENECK)),
        *upward,
        nn.Conv2d(channels, 3, 5, padding=2),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(*convolutions(profile), nn.Dropout(0.4), nn.Linear(flat, 1))
    return encoder, decoder, discriminator


def make_step(
    profile: Profile, device: str, half: bool = False, compiled: bool = False
) -> Callable[[Tensor], Tensor]:
    """`step(images)` on (n, h, w, 3) uint8, of `weighted`: trains once, gives what was recorded.

    Arguments:
        profile: size of images, networks and batch.
        device: "cpu" or "cuda".
        half: the networks compute in bfloat16, by autocast.
        compiled: the networks are compiled by torch.compile.
    """
    parts = [part.to(device, memory_format=torch.channels_last) for part in networks(profile)]
    encoder, decoder, discriminator = map(torch.compile, parts) if compiled else parts
    options: dict[str, Any] = {"lr": 1e-4, "betas": (0.5, 0.999), "eps": 1e-7}
    options |= {"fused": True, "capturable": True} if device == "cuda" else {"foreach": True}
    generator = [*encoder.parameters(), *decoder.parameters()]
    generator_adam = torch.optim.Adam(generator, **options)
    discriminator_adam = torch.optim.Adam(discriminator.parameters(), **options)
    cross_entropy = functional.binary_cross_entropy_with_logits

    def judged(images: Tensor) -> Tensor:
        with torch.autocast(device, torch.bfloat16, enabled=half):
            return discriminator(images).float()

    def update_discriminator(images: Tensor, label: float) -> tuple[Tensor, Tensor]:
        logits = judged(images)
        loss = cross_entropy(logits, torch.full_like(logits, label))
        discriminator_adam.zero_grad()
        loss.backward()
        discriminator_adam.step()
        return loss.detach(), ((logits > 0) == (label > 0)).float().mean()

    def step(images: Tensor) -> Tensor:
        x = (images.float() / 127.5 - 1).permute(0, 3, 1, 2)
        n = len(x) // 2
        with torch.autocast(device, torch.bfloat16, enabled=half):
            y = decoder(encoder(x)).float()
        real = update_discriminator(x[:n], 1.0)
        fake = update_discriminator(y[n:].detach(), 0.0)
        seen = y.detach().requires_grad_()
        mse = functional.mse_loss(seen, x)
        logits = judged(seen)
        bce = cross_entropy(logits, torch.ones_like(logits))
        (mse_gradient,) = torch.autograd.grad(mse, seen)
        (bce_gradient,) = torch.autograd.grad(bce, seen)
        generator_adam.zero_grad()
        y.backward(mse_gradient + 0.005 * bce_gradient)
        generator_adam.step()
        norms = mse_gradient.norm(), bce_gradient.norm()
        cosine = (mse_gradient * bce_gradient).sum() / (norms[0] * norms[1])
        recorded = mse, bce, mse + 0.005 * bce, *real, *fake, *norms, cosine
        return torch.stack([value.detach() for value in recorded])

    return step
