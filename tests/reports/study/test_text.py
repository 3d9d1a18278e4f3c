"""The text of a study: what stands in the paragraph and in the tables."""

from reports.study.analysis import Analysis, Difference
from reports.study.text import study_text


def test_the_text_names_participants_means_and_tests() -> None:
    difference = Difference("a", "b", 0.8, 0.0123, 0.75, 31)
    means = {"b": (3.0, 2.5, 3.5), "a": (3.8, 3.4, 4.2)}
    analysis = Analysis("consistency", 20, means, (12.5, 0.0004), 0.625, None, (difference,), 0.4)
    text = study_text([analysis], "figure.png", 24, [7])
    assert "20 participants rated 2 methods on 24 drawings from 1 to 5. 1 more failed an attention check" in text
    assert text.index("| a | 3.80 | 3.40 to 4.20 |") < text.index("| b | 3.00 | 2.50 to 3.50 |")
    assert "| a - b | +0.80 | 0.012 | +0.75 | 31 |" in text
    assert "chi square 12.50, p 0.0004. Kendall's W 0.62. Repeated items differ by 0.40 on average." in text
    assert "Krippendorff" not in text
