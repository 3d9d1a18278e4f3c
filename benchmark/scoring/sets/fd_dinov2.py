"""FD-DINOv2: the Frechet distance of DINOv2 features."""

from benchmark.results.metric import Metric, with_fid
from benchmark.scoring.sets.frechet import frechet_distance, frechet_influences

METRIC = Metric(
    name="fd-dinov2",
    title="FD-DINOv2",
    digits=1,
    order=70,
    features="dinov2-224",
    on_request=True,
    meaning="FID with DINOv2's features in place of Inception's; grows as the number of pictures falls",
    formula="as FID, with DINOv2 features (ViT-L/14, class token)",
    source="Stein et al. 2023, arXiv:2306.04675",
    blind_to="copying; small N",
    better="lower",
    low=0,
    per="set",
    function=frechet_distance,
    influences=frechet_influences,
    applies=with_fid,
    biased=True,
    floors="all but copies",
)
