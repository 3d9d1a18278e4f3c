"""Sizes of the networks of Prompt-Free Diffusion. Defaults are those of the published files."""

from benchmark.core.config import Config


class SeeCoderSizes(Config):
    """The reference encoder (arXiv 2305.16223, section 3.2)."""

    swin_width: int = 192
    swin_depths: tuple[int, int, int, int] = (2, 2, 18, 2)
    swin_heads: tuple[int, int, int, int] = (6, 12, 24, 48)
    swin_window: int = 12
    width: int = 768  # of the decoder, the queries and the context
    decoder_layers: int = 6
    heads: int = 8  # of the attentions in decoder and query transformer
    decoder_inner: int = 1024
    query_layers: int = 9
    query_inner: int = 2048
    global_queries: int = 4
    local_queries: int = 144
    groups: int = 32  # of the decoder's norms


class Sizes(Config):
    """Sizes of all networks; channels per level, highest resolution first."""

    seecoder: SeeCoderSizes = SeeCoderSizes()
    unet: tuple[int, int, int, int] = (320, 640, 1280, 1280)  # and the ControlNet
    hint: tuple[int, int, int, int] = (16, 32, 96, 256)  # the ControlNet's encoder of the drawing
    vae: tuple[int, int, int, int] = (128, 256, 512, 512)
    heads: int = 8  # of the attentions in U-Net and ControlNet
    groups: int = 32  # of the norms in all three
