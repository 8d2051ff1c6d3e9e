"""The only wiring: which concrete classes an archive uses, and in which order the stages run."""
