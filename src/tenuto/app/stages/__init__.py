"""One module a stage: takes the archive and a reporter, does what is missing, returns counts that add up."""
