"""What is odd about a request that breaks no rule, found before it is recorded."""

from ledger_service.domain.remarks.remarks import MOST, looks_further, remarks
from ledger_service.domain.remarks.shortly import is_nothing_odd
from ledger_service.domain.remarks.years import Usual

__all__ = ["MOST", "Usual", "is_nothing_odd", "looks_further", "remarks"]
