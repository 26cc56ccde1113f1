"""The customer system of an invented consumer-finance company, called over HTTP (docs/loan-backend.md)."""

from examples.loan_backend.backend import LoanBackend
from examples.loan_backend.server import Serving, serve
from examples.loan_backend.web import Response

__all__ = ["LoanBackend", "Response", "Serving", "serve"]
