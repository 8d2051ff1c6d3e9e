"""Outside collections: one adapter per kind, all behind `tenuto.model.ports.Source`."""
