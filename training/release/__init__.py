"""From a run folder to a released model folder: graph, quantisation, model card."""
