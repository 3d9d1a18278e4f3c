"""The learning curves of a report: trainings that differ in the images seen alone, and fits."""
