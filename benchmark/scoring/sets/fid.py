"""FID: Frechet inception distance, in the mode that the setting `fid` names."""

from benchmark.results.metric import Metric
from benchmark.scoring.sets.frechet import frechet_distance, frechet_influences

METRIC = Metric(
    name="fid",
    title="FID",
    digits=2,
    order=30,
    headline=True,
    meaning="distance between the sets of outputs and of real pictures; grows as the number of pictures falls",
    formula="squared Frechet distance of Inception features, in float64, by singular values of the centred features",
    source="Heusel et al. 2017, arXiv:1706.08500",
    blind_to="copying; small N",
    better="lower",
    low=0,
    per="set",
    function=frechet_distance,
    influences=frechet_influences,
    biased=True,
    floors="all but copies",
)
