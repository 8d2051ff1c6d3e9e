"""May this be published? The only package that makes `Cleared` (docs/rights.md). Pure."""

from tenuto.rights.decide import clear
from tenuto.rights.licences import Term
from tenuto.rights.statements import Statement, parse_statement

__all__ = ["Statement", "Term", "clear", "parse_statement"]
