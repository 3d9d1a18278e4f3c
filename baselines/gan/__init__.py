"""The generator, critics, losses and adversarial loop that scft, sga and attention-aware share."""
